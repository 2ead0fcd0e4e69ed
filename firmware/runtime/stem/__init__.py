# from stem import sensors, send, every
from stem.line import channel, control, send
from stem.clock import every
from stem.kit import parts, sensors

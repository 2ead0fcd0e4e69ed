"""Put an image onto a board: one loader a chip family. The only room that imports esptool."""

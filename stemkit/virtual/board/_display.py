# The micro:bit's 25 LEDs: images and text.
import time

from _world import tell

_IMAGES = (
    "HEART 0909099999999990999000900 HEART_SMALL 0000009090099900090000000 "
    "HAPPY 0000009090000009000909990 SMILE 0000000000000009000909990 "
    "SAD 0000009090000000999090009 CONFUSED 0000009090000000909090909 "
    "ANGRY 9000909090000009999990909 ASLEEP 0000099099000000999000000 "
    "SURPRISED 0909000000009000909000900 SILLY 9000900000999990009900099 "
    "FABULOUS 9999999099000000909009990 MEH 0909000000000900090009000 "
    "YES 0000000009000909090009000 NO 9000909090009000909090009 "
    "CLOCK12 0090000900009000000000000 CLOCK1 0009000090009000000000000 "
    "CLOCK2 0000000099009000000000000 CLOCK3 0000000000009990000000000 "
    "CLOCK4 0000000000009000009900000 CLOCK5 0000000000009000009000090 "
    "CLOCK6 0000000000009000090000900 CLOCK7 0000000000009000900009000 "
    "CLOCK8 0000000000009009900000000 CLOCK9 0000000000999000000000000 "
    "CLOCK10 0000099000009000000000000 CLOCK11 0900009000009000000000000 "
    "ARROW_N 0090009990909090090000900 ARROW_NE 0099900099009090900090000 "
    "ARROW_E 0090000090999990009000900 ARROW_SE 9000009000009090009900999 "
    "ARROW_S 0090000900909090999000900 ARROW_SW 0000900090909009900099900 "
    "ARROW_W 0090009000999990900000900 ARROW_NW 9990099000909000009000009 "
    "TRIANGLE 0000000900090909999900000 TRIANGLE_LEFT 9000099000909009009099999 "
    "CHESSBOARD 0909090909090909090909090 DIAMOND 0090009090900090909000900 "
    "DIAMOND_SMALL 0000000900090900090000000 SQUARE 9999990009900099000999999 "
    "SQUARE_SMALL 0000009990090900999000000 RABBIT 9090090900999909909099990 "
    "COW 9000990009999990999000900 MUSIC_CROTCHET 0090000900009009990099900 "
    "MUSIC_QUAVER 0090000990009099990099900 MUSIC_QUAVERS 0999909009090099909999099 "
    "PITCHFORK 9090990909999990090000900 XMAS 0090009990009000999099999 "
    "PACMAN 0999999090999009999009999 TARGET 0090009990990990999000900 "
    "TSHIRT 9909999999099900999009990 ROLLERSKATE 0009900099999999999909090 "
    "DUCK 0990099900099990999000000 HOUSE 0090009990999990999009090 "
    "TORTOISE 0000009990999990909000000 BUTTERFLY 9909999999009009999999099 "
    "STICKFIGURE 0090099999009000909090009 GHOST 9999990909999999999990909 "
    "SWORD 0090000900009000999000900 GIRAFFE 9900009000090000999009090 "
    "SKULL 0999090909999990999009990 UMBRELLA 0999099999009009090009900 "
    "SNAKE 9900099099090900999000000"
)

# Rows of 5 dots, a bit each from the left; letters are drawn as capitals.
_FONT = {
    "0": (14, 17, 17, 17, 14), "1": (4, 12, 4, 4, 14), "2": (30, 1, 14, 16, 31),
    "3": (30, 1, 14, 1, 30), "4": (18, 18, 31, 2, 2), "5": (31, 16, 30, 1, 30),
    "6": (14, 16, 30, 17, 14), "7": (31, 1, 2, 4, 8), "8": (14, 17, 14, 17, 14),
    "9": (14, 17, 15, 1, 14), "A": (14, 17, 31, 17, 17), "B": (30, 17, 30, 17, 30),
    "C": (15, 16, 16, 16, 15), "D": (30, 17, 17, 17, 30), "E": (31, 16, 30, 16, 31),
    "F": (31, 16, 30, 16, 16), "G": (15, 16, 19, 17, 15), "H": (17, 17, 31, 17, 17),
    "I": (14, 4, 4, 4, 14), "J": (7, 2, 2, 18, 12), "K": (18, 20, 24, 20, 18),
    "L": (16, 16, 16, 16, 31), "M": (17, 27, 21, 17, 17), "N": (17, 25, 21, 19, 17),
    "O": (14, 17, 17, 17, 14), "P": (30, 17, 30, 16, 16), "Q": (14, 17, 21, 18, 13),
    "R": (30, 17, 30, 18, 17), "S": (15, 16, 14, 1, 30), "T": (31, 4, 4, 4, 4),
    "U": (17, 17, 17, 17, 14), "V": (17, 17, 17, 10, 4), "W": (17, 17, 21, 27, 17),
    "X": (17, 10, 4, 10, 17), "Y": (17, 10, 4, 4, 4), "Z": (31, 2, 4, 8, 31),
    ".": (0, 0, 0, 0, 4), ",": (0, 0, 0, 4, 8), ":": (0, 4, 0, 4, 0), "!": (4, 4, 4, 0, 4),
    "?": (14, 1, 6, 0, 4), "-": (0, 0, 14, 0, 0), "+": (0, 4, 14, 4, 0), "=": (0, 14, 0, 14, 0),
    "%": (25, 2, 4, 8, 19), "/": (1, 2, 4, 8, 16), "*": (0, 10, 4, 10, 0), " ": (0, 0, 0, 0, 0),
}


class Image:
    def __init__(self, *args):
        if len(args) == 1:
            rows = args[0].replace("\n", ":").strip(":").split(":")
            self._w = max(len(row) for row in rows)
            self._h = len(rows)
            self._dots = bytearray(self._w * self._h)
            for y in range(self._h):
                for x in range(len(rows[y])):
                    c = rows[y][x]
                    if c not in " 0123456789":
                        raise ValueError("unexpected character in Image definition")
                    self._dots[y * self._w + x] = 0 if c == " " else int(c)
            return
        self._w, self._h = args[:2] if args else (5, 5)
        self._dots = bytearray(args[2]) if len(args) > 2 else bytearray(self._w * self._h)

    def width(self):
        return self._w

    def height(self):
        return self._h

    def get_pixel(self, x, y):
        if not (0 <= x < self._w and 0 <= y < self._h):
            raise ValueError("index out of bounds")
        return self._dots[y * self._w + x]

    def set_pixel(self, x, y, value):
        if not (0 <= x < self._w and 0 <= y < self._h):
            raise ValueError("index out of bounds")
        if not 0 <= value <= 9:
            raise ValueError("brightness out of bounds")
        self._dots[y * self._w + x] = value

    def crop(self, x, y, w, h):
        found = Image(w, h)
        for j in range(h):
            for i in range(w):
                if 0 <= x + i < self._w and 0 <= y + j < self._h:
                    found._dots[j * w + i] = self._dots[(y + j) * self._w + x + i]
        return found

    def shift_left(self, n):
        return self.crop(n, 0, self._w, self._h)

    def shift_right(self, n):
        return self.crop(-n, 0, self._w, self._h)

    def shift_up(self, n):
        return self.crop(0, n, self._w, self._h)

    def shift_down(self, n):
        return self.crop(0, -n, self._w, self._h)

    def copy(self):
        return Image(self._w, self._h, self._dots)

    def invert(self):
        return Image(self._w, self._h, bytes(9 - dot for dot in self._dots))

    def fill(self, value):
        for n in range(len(self._dots)):
            self._dots[n] = value

    def _with(self, other, f):
        if (self._w, self._h) != (other._w, other._h):
            raise ValueError("images must be the same size")
        dots = bytes(max(0, min(9, f(a, b))) for a, b in zip(self._dots, other._dots))
        return Image(self._w, self._h, dots)

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._with(other, lambda a, b: a - b)

    def __mul__(self, n):
        return Image(self._w, self._h, bytes(min(9, int(dot * n)) for dot in self._dots))

    def __eq__(self, other):
        return isinstance(other, Image) and self._w == other._w and self._dots == other._dots

    def __repr__(self):
        rows = [self._dots[y * self._w : (y + 1) * self._w] for y in range(self._h)]
        return "Image('%s')" % "".join("".join(str(dot) for dot in row) + ":" for row in rows)


_words = _IMAGES.split()
for _n in range(0, len(_words), 2):
    _p = _words[_n + 1]
    setattr(Image, _words[_n], Image(5, 5, bytes(int(dot) for dot in _p)))
Image.ALL_CLOCKS = [getattr(Image, "CLOCK%d" % n) for n in (12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
Image.ALL_ARROWS = [getattr(Image, "ARROW_" + n) for n in ("N", "NE", "E", "SE", "S", "SW", "W", "NW")]
del _words, _IMAGES


def _letter(c):
    rows = _FONT.get(c.upper() if isinstance(c, str) else c, (31, 17, 17, 17, 31))
    return Image(5, 5, bytes(9 if row >> (4 - x) & 1 else 0 for row in rows for x in range(5)))


class Display:
    def __init__(self):
        self._now = Image(5, 5)
        self._on = True

    def _put(self, image):
        self._now = image.crop(0, 0, 5, 5)
        self._tell()

    def _tell(self):
        tell(0x88, 0, bytes(self._now._dots) if self._on else bytes(25))

    def get_pixel(self, x, y):
        return self._now.get_pixel(x, y)

    def set_pixel(self, x, y, value):
        self._now.set_pixel(x, y, value)
        self._tell()

    def clear(self):
        self._put(Image(5, 5))

    def show(self, image, delay=400, *, wait=True, loop=False, clear=False):
        if isinstance(image, (int, float)):
            image = str(image)
        if isinstance(image, Image):
            self._put(image)
        elif isinstance(image, str) and len(image) == 1:
            self._put(_letter(image))
        else:
            while True:
                for one in image:
                    self._put(one if isinstance(one, Image) else _letter(str(one)))
                    if wait:
                        time.sleep_ms(delay)
                if not loop or not wait:
                    break
        if clear:
            self.clear()

    def scroll(self, text, delay=150, *, wait=True, loop=False, monospace=False):
        letters = [_letter(c) for c in str(text)]
        while wait:
            # From the right edge to the left one, a dark column between letters.
            for step in range(len(letters) * 6 + 5):
                frame = Image(5, 5)
                for x in range(5):
                    n, column = divmod(step + x - 4, 6)
                    if 0 <= n < len(letters) and column < 5:
                        for y in range(5):
                            frame._dots[y * 5 + x] = letters[n]._dots[y * 5 + column]
                self._put(frame)
                time.sleep_ms(delay)
            if not loop:
                break
        self.clear()

    def on(self):
        self._on = True
        self._tell()

    def off(self):
        self._on = False
        self._tell()

    def is_on(self):
        return self._on

    def read_light_level(self):
        import struct

        from _world import request

        # How the LEDs' reading depends on lux is not published: 255 from about 1000 lx on.
        return min(255, int(struct.unpack("<d", request(2, 0, b"light", 8))[0] / 4))

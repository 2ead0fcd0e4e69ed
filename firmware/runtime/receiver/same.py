# The receiver's piece for a board that may have everything already: it compares by one number, long
# before the rest of the receiver is needed. The host puts two constants in front: CHECK, the CRC-32
# of the manifest that is wished, and TOTAL, the SHA-256 of the digests of the files in the order of
# their names, in hexadecimal. It says "U" and ends where all is the same, else "D" and the next
# piece comes.
import binascii
import hashlib
import json
import os


def same():
    # A manifest alone: nothing is staged, no swap of files is under way.
    if os.listdir(".stemkit") == ["manifest"]:
        text = open(".stemkit/manifest").read()
        if binascii.crc32(text.encode()) == CHECK:
            total = hashlib.sha256()
            for path in sorted(json.loads(text)["files"]):
                view = hashlib.sha256()
                file = open(path, "rb")
                part = file.read(512)
                while part:
                    view.update(part)
                    part = file.read(512)
                file.close()
                total.update(view.digest())
            return binascii.hexlify(total.digest()).decode() == TOTAL


def run():
    kind = "D"
    try:
        if same():
            kind = "U"
    except Exception:
        pass
    print("\x1f%s %x" % (kind, binascii.crc32(kind.encode())))
    return kind == "D"

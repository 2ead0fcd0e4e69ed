# stemkit is putting new files in their places. This stands in for boot.py until all are there, so
# that a board which loses power now goes on with it when it starts.
import os


def exists(path):
    try:
        return os.stat(path)
    except OSError:
        return None


# Lines of the journal: what lies ready and its place; no place, a file to remove; nothing ready, a
# folder to make. Each can be done again.
def finish():
    if exists(".stemkit/journal"):
        with open(".stemkit/journal") as journal:
            for line in journal:
                new, path = line[:-1].split("\t")
                if not new:
                    if not exists(path):
                        os.mkdir(path)
                elif not path:
                    remove(new)
                elif exists(new):
                    os.rename(new, path)
        os.remove(".stemkit/journal")
    if exists(".stemkit/boot"):
        os.rename(".stemkit/boot", "boot.py")
    else:
        os.remove("boot.py")


def remove(path):
    try:
        os.remove(path)
        while "/" in path:
            path = path[:path.rfind("/")]
            os.rmdir(path)
    except OSError:
        pass


finish()
if __name__ == "__main__" and exists("boot.py"):
    exec(open("boot.py").read())

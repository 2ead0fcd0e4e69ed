_header = ""


def show(cells, fmt, known):
    global _header
    names, texts = [",".join(words) for words in zip(*cells)]
    if fmt == "csv":
        if names != _header:
            _header = names
            print(names)
        print(texts)
    elif fmt == "json":
        print("{" + ", ".join(['"%s": %s' % cell for cell in cells]) + "}")
    elif fmt == "mu":
        print("(" + texts + (",)" if len(cells) == 1 else ")"))
    elif fmt == "teleplot":
        for name, text in cells:
            unit = known[name].split(";")[1]
            print(">%s:%s%s" % (name, text, unit and "§" + unit))
    else:
        raise ValueError("send: no form " + fmt)

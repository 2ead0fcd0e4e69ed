#!/bin/sh
# Installs stemkit from this stick for the person who runs it. No network is needed.
cd "$(dirname "$0")" || exit 7
for version in @PYTHONS@; do
    if command -v "python$version" >/dev/null 2>&1; then
        exec "python$version" stick/install.py "$@"
    fi
done
if command -v python3 >/dev/null 2>&1; then
    exec python3 stick/install.py "$@"
fi
echo "Máy này chưa có Python. Hãy cài Python @NEWEST@, rồi chạy lại."
echo "  (This computer has no Python. Install Python @NEWEST@, then run this again.)"
exit 7

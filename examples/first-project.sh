#!/bin/sh
# From nothing to a package that a judge can check, without a board: a few minutes, most of them waiting.
# Từ chưa có gì đến một gói mà giám khảo kiểm tra được, không cần bo mạch: vài phút, phần lớn là chờ.
#
#   sh examples/first-project.sh [FOLDER]
set -eu
project=${1:-first-project}

echo "1. A folder for the project / Thư mục dự án"
stemkit project new "$project" --title "Phòng học ấm lên" --question "Phòng ấm lên nhanh thế nào?" \
    --team fox,owl --club "CLB STEM" --board microbit-v2 --contest ""

echo "2. A virtual board with the project's program / Bo mạch ảo với chương trình của dự án"
board=$(stemkit sim start --model microbit-v2 --blank --detach --json | sed 's/.*"name": "\([^"]*\)".*/\1/')
trap 'stemkit sim stop "$board" >/dev/null 2>&1 || true' EXIT
stemkit flash "$board" --lesson "$project/program" --quiet

echo "3. Measure for eight seconds; the room gets warmer / Đo tám giây, phòng ấm lên"
(sleep 4; stemkit sim set "$board" temperature=27 >/dev/null) &
stemkit watch "$board" --plain --for 8 --record first --project "$project"
wait

echo "4. What is missing, one file, a signature / Còn thiếu gì, một tệp, một chữ ký"
stemkit project check "$project"
stemkit project pack "$project"
stemkit key list --json | grep -q '"own"' || stemkit key new "Team Fox"
stemkit project sign "$project.zip"

echo "5. What the judge sees / Giám khảo thấy gì"
stemkit project show "$project.zip"
stemkit project verify "$project.zip"

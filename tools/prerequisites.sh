#!/bin/sh
# What the tests need from Debian: installed where we may, named loudly where not (those tests are then skipped).
set -eu
missing=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || [ -n "${TRACKER_TEST_POSTGRES_URL:-}" ] || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-calc libreoffice-writer"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
fc-list 2>/dev/null | grep -q 'NotoSerifCJK' || missing="$missing fontconfig fonts-noto-cjk fonts-noto-cjk-extra"
fc-list 2>/dev/null | grep -q -i 'gkai00mp' || missing="$missing fonts-arphic-gkai00mp"
fc-list 2>/dev/null | grep -q -i 'LiberationSans' || missing="$missing fonts-liberation"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "安装测试所需的软件：$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
fi
echo "============================================================" >&2
echo "缺少这些软件，用到它们的检查会跳过，没有测：$missing" >&2
echo "有管理员权限的，运行：apt-get install$missing" >&2
echo "============================================================" >&2

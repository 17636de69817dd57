#!/bin/sh
# What the tests need from Debian: installed where we may, named loudly where not (those tests are then skipped).
set -eu
missing=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || [ -n "${TRACKER_TEST_POSTGRES_URL:-}" ] || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-calc libreoffice-writer"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v fc-list >/dev/null 2>&1 || missing="$missing fontconfig"
fonts=$(fc-list : file 2>/dev/null || true)
for font in NotoSerifCJK-Regular:fonts-noto-cjk NotoSerifCJK-SemiBold:fonts-noto-cjk-extra \
            gkai00mp:fonts-arphic-gkai00mp LiberationSans:fonts-liberation; do
    case $fonts in *"${font%%:*}"*) ;; *) missing="$missing ${font#*:}" ;; esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "安装测试所需的软件：$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null; then
        exit 0
    fi
fi
echo "============================================================" >&2
echo "缺少这些软件，用到它们的检查会跳过，没有测：$missing" >&2
echo "有管理员权限的，运行：apt-get install$missing" >&2
echo "============================================================" >&2

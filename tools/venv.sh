#!/bin/sh
# Make .venv and install what is locked: `sh tools/venv.sh run` or `… test`. A stamp says that it is done.
# Every path is relative, so that a checkout may be moved with its .venv.
set -eu
what=$1
python=${PYTHON:-python3}
log=.venv/pip.log
install() {
    if ! .venv/bin/python -m pip install --quiet --require-hashes "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "依赖没有装上，上面是原因；多半是连不上软件源。已装的都还在，改好再运行一次就接着装。" >&2
        exit 1
    fi
}
if ! command -v "$python" >/dev/null 2>&1; then
    echo "没有找到 $python。请先装 Python 3.11 或更新的版本。" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "这里的 Python 是 $("$python" -V 2>&1)，要 3.11 或更新的版本。" >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "Python 缺少 venv 模块。Debian、Ubuntu 上请先运行：apt-get install python3-venv" >&2
    exit 1
fi
if [ "$what" = run ]; then
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        echo "[1/3] 建立 .venv"
        "$python" -m venv --clear .venv
    fi
    echo "[2/3] 安装依赖（第一次约一两分钟）"
    install -r requirements/run.txt
    echo "[3/3] 安装 tracker 命令"
    for site in .venv/lib/python3.*/site-packages; do
        echo ../../../.. >"$site/tracker-checkout.pth"
    done
    cat >.venv/bin/tracker <<'SCRIPT'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -m tracker "$@"
SCRIPT
    chmod 755 .venv/bin/tracker
else
    echo "安装测试所需的依赖（约一分钟）"
    install -r requirements/run.txt -r requirements/test.txt
fi
touch ".venv/.$what"

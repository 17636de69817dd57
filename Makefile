# `make` or `make help` lists what there is.
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_CACHE_DIR := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test battery lint lock dist vendor clean

help: ## 列出所有命令
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(VENV)/.run ## 建好 .venv，装上运行所需的依赖（之后 .venv/bin/tracker 可用）
	@echo "依赖已装好"

$(VENV)/.run: requirements/run.txt tools/venv.sh
	@sh tools/venv.sh run

setup-test: $(VENV)/.test ## 再装上测试所需的依赖
	@echo "测试的依赖已装好"

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@sh tools/venv.sh test

# The shell waits for the server and hears of Ctrl-C itself: the server stops in its own time, make reports no error.
run: setup ## 建库、装入方案、发账号，打开 http://127.0.0.1:5000（PORT=8080 换端口），Ctrl-C 停止
	@$(BIN)/tracker init --with-accounts
	@trap : INT; $(if $(PORT),TRACKER_PORT=$(PORT)) $(BIN)/tracker serve || [ $$? -eq 130 ]

demo: setup ## 同样的网页，另开一个带“演示数据”标记的库
	@trap : INT; $(if $(PORT),TRACKER_PORT=$(PORT)) $(BIN)/tracker demo || [ $$? -eq 130 ]

test: setup-test ## 全部检查：规则、服务、网页、两种数据库、浏览器、少量轮次的压力
	@sh tools/prerequisites.sh
	@$(BIN)/python -m pytest -n $(WORKERS)

battery: setup-test ## 压力检查跑满轮次（时间长）
	@sh tools/prerequisites.sh
	@BATTERY_ROUNDS=full $(BIN)/python -m pytest -m battery -n $(WORKERS) --timeout 3600

lint: setup-test ## 代码风格、类型、层次
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

lock: ## 重新锁定依赖的版本和校验值（需要 uv）
	uv pip compile --universal --generate-hashes --python-version 3.11 setup.cfg -o requirements/run.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 -c requirements/run.txt requirements/test.in -o requirements/test.txt

vendor: ## 重新取前端文件，核对版本和校验值（需要 npm）
	@sh tools/vendor.sh

dist: setup-test ## 打包成 dist/*.whl
	@rm -rf build
	@$(BIN)/python -m build --wheel --no-isolation

clean: ## 删掉可以重做的：.venv、build、dist（data/ 和 exports/ 不动）
	@rm -rf $(VENV) build dist *.egg-info

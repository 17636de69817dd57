/* 佐证材料: choose, photograph or drop files; progress for each; the list is put in place again after every change. */
(function () {
  "use strict";

  var NETWORK = "没有传上，网络断了。文件还在您的电脑上，网络好了点“重传”";
  var EXPIRED = "没有传上，登录可能已经过期。请另开一页重新登录，再刷新本页";
  var STALE = "没有传上，这一页放得太久了。请先存草稿，刷新本页再传";
  var SERVER = "没有传上，系统出了点问题。文件还在您的电脑上，过一会儿点“重传”";
  var TOO_LARGE = "没有传上，文件太大。请压缩或分开传";

  function set_up(section) {
    var form = section.querySelector("[data-upload]"), list = section.querySelector("[data-list]"),
        waiting = section.querySelector("[data-progress]"), told = section.querySelector("[data-told]"),
        address = section.dataset.evidence, limit_mb = Number(form.dataset.limit), queue = [], busy = null;

    form.querySelectorAll("[data-plain]").forEach(function (part) { part.hidden = true; });
    form.querySelectorAll("[data-scripted]").forEach(function (part) { part.hidden = false; });
    hide_what_scripts_do();

    form.querySelector("[data-choose]").addEventListener("click", function () {
      pick({accept: form.querySelector("input[type=file]").accept, multiple: true});
    });
    form.querySelector("[data-camera]").addEventListener("click", function () {
      pick({accept: "image/*", capture: "environment"});
    });

    function pick(how) {
      var input = document.createElement("input");
      input.type = "file";
      Object.keys(how).forEach(function (name) {
        if (name === "multiple") input.multiple = true; else input.setAttribute(name, how[name]);
      });
      input.hidden = true;
      form.appendChild(input);                                  /* old browsers forget an input that is nowhere */
      input.addEventListener("change", function () { take(input.files); form.removeChild(input); });
      input.click();
    }

    function has_files(event) {
      return event.dataTransfer && Array.prototype.indexOf.call(event.dataTransfer.types, "Files") >= 0;
    }
    ["dragenter", "dragover"].forEach(function (name) {
      section.addEventListener(name, function (event) {
        if (!has_files(event)) return;
        event.preventDefault();
        section.classList.add("over");
      });
    });
    section.addEventListener("dragleave", function (event) {
      if (!section.contains(event.relatedTarget)) section.classList.remove("over");
    });
    section.addEventListener("drop", function (event) {
      if (!has_files(event)) return;
      event.preventDefault();
      section.classList.remove("over");
      take(event.dataTransfer.files);
    });
    ["dragover", "drop"].forEach(function (name) {              /* dropped beside it, a file does not replace the page */
      document.addEventListener(name, function (event) { if (has_files(event)) event.preventDefault(); });
    });

    function take(files) {
      Array.prototype.forEach.call(files, function (file) {
        var item = {file: file, line: document.createElement("li"), sure: false};
        waiting.appendChild(item.line);
        waiting.hidden = false;
        if (limit_mb && file.size > limit_mb * 1024 * 1024) {
          stop(item, "“" + file.name + "”有" + Math.ceil(file.size / 1024 / 1024) + "MB，每份不超过" + limit_mb + "MB，请压缩或分开传", []);
        } else {
          again(item);
        }
      });
    }

    function again(item) {
      draw(item, "等着传", 0, [["取消", function () { drop(item); }]]);
      queue.push(item);
      next();
    }

    function next() {
      if (busy || !queue.length) return;
      busy = queue.shift();
      send(busy);
    }

    function send(item) {
      var body = new FormData(), shown = draw(item, "", 0, [["取消", function () { item.request.abort(); drop(item); }]]);
      body.append("file", item.file, item.file.name);
      if (item.sure) body.append("not_secret", "1");
      item.request = post(address, body, function (answer) {
        drop(item);
        put(answer);
        told.textContent = "“" + item.file.name + "”已收下";
      }, function (message, marks, judged) {
        if (judged && !marks) { stop(item, message, []); return; }      /* the same file will not do another time */
        var deed = marks ? ["我确认不涉密，照传", function () { item.sure = true; again(item); }]
                         : ["重传", function () { again(item); }];
        stop(item, message, [deed, ["不传", function () { drop(item); }]]);
      });
      item.request.upload.addEventListener("progress", function (event) {
        if (event.lengthComputable) shown(Math.floor(event.loaded / event.total * 100));
      });
    }

    function stop(item, message, deeds) {
      if (busy === item) busy = null;
      draw(item, message, null, deeds.length ? deeds : [["知道了", function () { drop(item); }]]);
      told.textContent = message;
      next();
    }

    function drop(item) {
      if (busy === item) busy = null;
      queue = queue.filter(function (other) { return other !== item; });
      if (item.line.parentNode) waiting.removeChild(item.line);
      waiting.hidden = !waiting.children.length;
      next();
    }

    /* One line: name, progress or what went wrong, what one may do. Returns how to show the percent. */
    function draw(item, words, percent, deeds) {
      var name = document.createElement("span"), says = document.createElement("span"), bar = null;
      name.className = "n";
      name.textContent = item.file.name;
      item.line.textContent = "";
      item.line.appendChild(name);
      if (percent === null) {
        name.textContent = "";
        says.className = "err";
        name.appendChild(says);
      } else {
        bar = document.createElement("progress");
        bar.max = 100;
        bar.value = percent;
        bar.setAttribute("aria-label", item.file.name + "上传进度");
        item.line.appendChild(bar);
        says.className = "muted nb";
        item.line.appendChild(says);
      }
      says.textContent = words || percent + "%";
      deeds.forEach(function (deed) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "btn text sm";
        button.textContent = deed[0];
        button.setAttribute("aria-label", deed[0] + "：" + item.file.name);
        button.addEventListener("click", deed[1]);
        item.line.appendChild(button);
      });
      return function (done) {
        if (bar) bar.value = done;
        says.textContent = done < 100 ? done + "%" : "正在检查……";
      };
    }

    function put(answer) {
      list.innerHTML = answer.list;                             /* made by the same template as the page */
      section.querySelector("[data-count]").textContent = answer.count;
      hide_what_scripts_do();
    }

    function hide_what_scripts_do() {
      list.querySelectorAll("[data-date] button").forEach(function (button) { button.hidden = true; });
    }

    /* 取下 and 成文日期 without leaving the page, where something may be half written. */
    function change(one, focus) {
      post(one.action, new FormData(one), function (answer) {
        put(answer);
        told.textContent = one.hasAttribute("data-remove") ? "已取下" : "成文日期已记下";
        var target = focus && document.getElementById(focus);
        (target || form.querySelector("[data-choose]")).focus();
      }, function (message) {
        var line = one.closest("li"), says = line.querySelector(".err") || line.appendChild(document.createElement("p"));
        says.className = "err";
        says.textContent = told.textContent = message;
      });
    }
    list.addEventListener("submit", function (event) {
      if (!event.target.matches("[data-remove],[data-date]")) return;
      event.preventDefault();
      change(event.target, "");
    });
    list.addEventListener("change", function (event) {
      var one = event.target.closest("[data-date]");
      if (one) change(one, event.target.id);
    });

    window.addEventListener("beforeunload", function (event) {
      if (!busy && !queue.length) return;
      event.preventDefault();
      event.returnValue = "";
    });
  }

  function post(address, body, done, refused) {
    var request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    request.addEventListener("load", function () {
      var answer = null;
      try { answer = JSON.parse(request.responseText); } catch (error) { answer = null; }
      if (request.status === 200 && answer && "list" in answer) done(answer);
      else if (answer && answer.message) refused(answer.message, answer.marks, true);
      else refused(request.status === 413 ? TOO_LARGE : request.status >= 500 ? SERVER
                   : request.status === 200 ? EXPIRED : STALE);
    });
    request.addEventListener("error", function () { refused(NETWORK); });
    request.send(body);
    return request;
  }

  document.querySelectorAll("[data-evidence]").forEach(set_up);
})();

/* 草稿自动存: what is typed is sent 1.5 s after the last key, kept in the browser until the server has it, never lost.

   A root [data-draft=<obligation>] holds controls [data-field], a hidden …version and a [data-mark]; the long form is one
   root, each row of the grid another. Events on the root: draft:saved, draft:conflict, draft:filled. */
(function () {
  "use strict";
  var WAIT = 1500, RETRY = 5000, SETTLED = 10000, ROOM = 60000, VERSION = "input[name$=version]";
  var OFFLINE = "没有保存上，网络断了。写的内容还在本页，不要关；恢复后自动再存";
  var AWAY = "离开太久，已自动退出。写的内容都存着，登录后接着写";
  var visitor = meta("visitor"), KEY = "tracker.draft:" + visitor + ":";
  var drafts = [], queue = [], flying = false, submitting = false, away = null;

  function meta(name) {
    var found = document.querySelector("meta[name=" + name + "]");
    return found ? found.content : "";
  }

  /* ---- what stands in the controls ---- */
  function controls(root) { return Array.prototype.slice.call(root.querySelectorAll("[data-field]")); }
  function fieldsOf(root) {
    var fields = {};
    controls(root).forEach(function (one) {
      var name = one.dataset.field;
      if (one.type === "radio" || one.type === "checkbox") {
        if (one.checked) fields[name] = one.value;
        else if (!(name in fields)) fields[name] = "";
      } else fields[name] = one.value;
    });
    return fields;
  }
  function fill(root, fields) {
    controls(root).forEach(function (one) {
      var value = fields[one.dataset.field] || "";
      if (one.type === "radio" || one.type === "checkbox") one.checked = one.value === value;
      else one.value = value;
    });
    tell(root, "draft:filled", {});
  }
  function plain(text) { return (text || "").replace(/\r\n?/g, "\n").trim(); }
  function same(one, other) {
    return Object.keys(one).every(function (name) { return plain(one[name]) === plain(other[name]); });
  }
  function tell(root, name, detail) { root.dispatchEvent(new CustomEvent(name, {bubbles: true, detail: detail})); }

  /* ---- what the browser keeps until the server has it ---- */
  function keep(draft, more) {
    var kept = {fields: fieldsOf(draft.root), version: draft.version};
    try { localStorage.setItem(KEY + draft.id, JSON.stringify(Object.assign(kept, more))); } catch (full) { /* no room */ }
  }
  function kept(id) {
    try { return JSON.parse(localStorage.getItem(KEY + id)); } catch (broken) { return null; }
  }
  /* The server has it. A page that was asked for meanwhile may still show the text before: it takes this one instead. */
  function acknowledge(draft) {
    keep(draft, {saved: true});
    setTimeout(function () { if ((kept(draft.id) || {}).saved) forget(draft.id); }, SETTLED);
  }
  function forget(id) { try { localStorage.removeItem(KEY + id); } catch (none) { /* not allowed to keep */ } }

  /* ---- what the page says ---- */
  function mark(draft, tone, words) {
    draft.words = words;
    draft.bad = tone === "bad";
    [draft.root.querySelector("[data-mark]"), worst(draft)].forEach(function (place) {
      if (!place) return;
      var small = place.hasAttribute("data-short") && tone === "good";      /* in a row of the grid */
      place.className = "saved " + tone;
      place.textContent = small ? words.replace("草稿 ", "").split("，")[0] : words;
    });
  }
  function worst(draft) {                                   /* the page's own mark: a good word never hides a bad one */
    var place = document.querySelector("[data-mark-all]");
    var others = drafts.some(function (one) { return one !== draft && one.bad; });
    return place && (draft.bad || !others) ? place : null;
  }
  function fault(draft, fields) {
    controls(draft.root).forEach(function (one) {
      var sentence = fields[one.dataset.field], place = one.closest(".f, td, th") || draft.root;
      var shown = place.querySelector(".err[data-of='" + one.dataset.field + "']");
      if (shown) shown.remove();
      one.removeAttribute("aria-invalid");
      if (!sentence) return;
      shown = document.createElement("p");
      shown.className = "err";
      shown.dataset.of = one.dataset.field;
      shown.textContent = sentence;
      one.setAttribute("aria-invalid", "true");
      one.parentNode.insertBefore(shown, one);
    });
  }
  function askSecrecy(draft, shown) {
    var box = document.querySelector("[data-not-secret]");
    if (box) { box.hidden = !shown; if (shown) box.scrollIntoView({block: "nearest"}); }
  }

  /* ---- sending ---- */
  function send(draft, fields) {
    var body = new URLSearchParams(fields), box = document.querySelector("[data-not-secret] input");
    body.set("csrf_token", meta("csrf-token"));
    body.set("version", draft.version);
    if (box && box.checked) body.set("not_secret", "1");
    return fetch("/reports/" + draft.id + "/draft", {
      method: "POST", body: body, credentials: "same-origin", headers: {Accept: "application/json"},
      keepalive: body.toString().length < ROOM
    }).then(function (answer) {
      var isJson = (answer.headers.get("Content-Type") || "").indexOf("application/json") === 0;
      return isJson ? answer.json().then(function (said) { return {status: answer.status, said: said}; })
        : {status: answer.status, said: null};
    });
  }
  function save(draft, now) {
    clearTimeout(draft.timer);
    if (draft.sending || draft.paused || submitting || !draft.dirty) return;
    if (flying && now !== true) {                          /* one at a time; on leaving all at once */
      if (queue.indexOf(draft) < 0) queue.push(draft);
      return;
    }
    var fields = fieldsOf(draft.root);
    Object.keys(draft.refused).forEach(function (name) {
      if (draft.refused[name] === fields[name]) delete fields[name]; else delete draft.refused[name];
    });
    if (!Object.keys(fields).length) return;
    draft.dirty = false;
    draft.sending = flying = true;
    var slow = setTimeout(function () { mark(draft, "busy", "正在存……"); }, 400);
    send(draft, fields).then(function (answer) { settle(draft, fields, answer); }, function () { lost(draft, OFFLINE); })
      .then(function () {
        clearTimeout(slow);
        draft.sending = flying = false;
        after(draft);
        while (queue.length && !flying) save(queue.shift());
      });
  }
  function settle(draft, fields, answer) {
    var said = answer.said, status = answer.status;
    if (said) document.dispatchEvent(new CustomEvent("desk:contact"));
    if (status === 200 && said) return saved(draft, said);
    if (status === 409 && said) return conflict(draft, fields, said);
    if (status === 422 && said) return refused(draft, fields, said);
    if (status === 401) return leave(draft, true);
    if (status === 403 && !said) return renew().then(function (again) {      /* logged in anew: another token */
      if (!again || draft.renewed) return leave(draft, true);
      draft.renewed = draft.dirty = true;
    });
    if (status === 403 || status === 404) { draft.paused = true; mark(draft, "bad", said.message); return null; }
    return lost(draft, "没有存上，系统正忙。写的内容还在本页，不要关；过一会儿自动再存");
  }
  function saved(draft, said) {
    setVersion(draft, said.version);
    draft.renewed = false;
    back();
    askSecrecy(draft, false);
    if (Object.keys(draft.refused).length) mark(draft, "bad", "别的都存了，标红的这一处还没存");
    else {
      fault(draft, {});
      mark(draft, "good", said.saved);
      if (!draft.dirty) acknowledge(draft);
    }
    tell(draft.root, "draft:saved", said);
  }
  function conflict(draft, fields, said) {
    if (said.writable && same(fields, said.current)) {                       /* the same words from another window */
      setVersion(draft, said.version);
      mark(draft, "good", "已存，可以放心关页面");
      if (!draft.dirty) acknowledge(draft);
      return;
    }
    draft.paused = true;
    mark(draft, "bad", said.message);
    tell(draft.root, "draft:conflict", {said: said, mine: fields, draft: draft});
  }
  function refused(draft, fields, said) {
    if (said.marks) {
      draft.paused = true;
      askSecrecy(draft, true);
      return mark(draft, "bad", said.message);
    }
    fault(draft, said.fields);
    Object.keys(said.fields).forEach(function (name) { if (name in fields) draft.refused[name] = fields[name]; });
    mark(draft, "bad", said.message);
    draft.dirty = Object.keys(said.fields).some(function (name) { return name in fields; });
    if (!draft.dirty) draft.paused = true;
    return null;
  }
  function lost(draft, words) {
    draft.dirty = draft.later = true;
    mark(draft, "bad", words);
  }
  function after(draft) {
    if (draft.waiting && !draft.later) { var go = draft.waiting; draft.waiting = null; go(); return; }
    draft.waiting = null;
    if (!draft.dirty || draft.paused) return;
    schedule(draft, draft.later ? RETRY : 0);
    draft.later = false;
  }
  function schedule(draft, wait) {
    clearTimeout(draft.timer);
    draft.timer = setTimeout(function () { save(draft); }, wait);
  }
  function setVersion(draft, version) {
    draft.version = version;
    [draft.root].concat(Array.from(document.querySelectorAll("[data-versions='" + draft.id + "']"))).forEach(function (at) {
      at.querySelectorAll(VERSION).forEach(function (one) { one.value = version; });
    });
  }

  /* ---- logged out while the page was open ---- */
  function renew() {                                       /* the page anew, for its token; false if it is not mine */
    return fetch(location.pathname + location.search, {credentials: "same-origin"}).then(function (answer) {
      return answer.text();
    }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html");
      var token = page.querySelector("meta[name=csrf-token]"), who = page.querySelector("meta[name=visitor]");
      if (!token || !who || who.content !== visitor) return false;
      document.querySelector("meta[name=csrf-token]").content = token.content;
      document.querySelectorAll("input[name=csrf_token]").forEach(function (one) { one.value = token.content; });
      document.dispatchEvent(new CustomEvent("desk:contact"));
      return true;
    }, function () { return false; });
  }
  function leave(draft, unsaved) {
    draft.paused = draft.away = true;
    draft.dirty = draft.dirty || unsaved;
    if (draft.dirty) mark(draft, "bad", AWAY);
    if (away) return;
    away = document.createElement("div");
    away.className = "note amber";
    away.setAttribute("role", "alert");
    away.innerHTML = "<p></p><p><a class='btn sm' target='_blank' rel='noopener'>在新窗口登录</a></p>";
    away.firstChild.textContent = AWAY;
    away.querySelector("a").href = "/login?next=%2Fmy";
    document.getElementById("main").prepend(away);
  }
  function back() {
    if (away) { away.remove(); away = null; }
  }
  function tryAgain() {
    var gone = drafts.filter(function (draft) { return draft.away; });
    if (!gone.length || document.hidden) return;
    renew().then(function (again) {
      if (!again) return;
      back();
      gone.forEach(function (draft) {
        draft.paused = draft.both === true;
        draft.away = draft.renewed = false;
        schedule(draft, 0);
      });
    });
  }
  document.addEventListener("desk:away", function () {
    drafts.forEach(function (draft) { leave(draft, false); });
  });

  /* ---- a root on the page ---- */
  function start(root) {
    var version = root.querySelector(VERSION);
    var draft = {root: root, id: root.dataset.draft, version: Number(version.value), refused: {}, dirty: false};
    drafts.push(draft);
    root.draft = draft;
    root.addEventListener("input", function (event) {
      if (!event.target.dataset.field) return;
      touched(draft);
      if (event.target.tagName === "SELECT" || event.target.type === "radio") schedule(draft, 0);
    });
    root.addEventListener("change", function (event) {
      if (event.target.dataset.field && draft.dirty) schedule(draft, 0);
    });
    var left = kept(draft.id), now = fieldsOf(root);
    if (root.dataset.typed === "conflict") { draft.paused = true; return; }   /* the page itself shows both */
    if (root.dataset.typed) { draft.dirty = true; keep(draft); schedule(draft, 0); return; }
    if (!left) return;
    if (same(left.fields, now) || (left.saved && left.version <= draft.version)) { forget(draft.id); return; }
    fill(root, left.fields);
    if (left.saved) { setVersion(draft, left.version); forget(draft.id); return; }
    setVersion(draft, Math.min(left.version, draft.version));                 /* an older one meets its conflict */
    draft.dirty = true;
    mark(draft, "busy", "上次没存上的内容已放回表里");
    schedule(draft, 0);
  }
  function touched(draft) {
    draft.dirty = true;
    if (draft.paused && !draft.away && !draft.both && draft.root.dataset.typed !== "conflict") draft.paused = false;
    keep(draft);
    schedule(draft, WAIT);
  }

  /* A form waits for what is under way: its version has risen by then. */
  function beforeSubmit(event) {
    var form = event.target, button = event.submitter;
    var busy = drafts.filter(function (draft) { return form.contains(draft.root) && draft.sending; });
    drafts.forEach(function (draft) { if (form.contains(draft.root)) clearTimeout(draft.timer); });
    if (busy.length) {
      event.preventDefault();
      busy[0].waiting = function () { form.requestSubmit(button); };
      return;
    }
    submitting = true;
    drafts.forEach(function (draft) {
      if (form.contains(draft.root) && (draft.dirty || kept(draft.id))) keep(draft, {sent: true});
    });
  }
  /* A kept copy goes back over what is saved by then, and carries its version. */
  function beforeRestore(event) {
    var form = event.target, button = event.submitter;
    var draft = drafts.find(function (one) { return form.closest("[data-versions='" + one.id + "']"); });
    if (!draft || draft.paused || !(draft.dirty || draft.sending)) return;
    event.preventDefault();
    save(draft);
    draft.waiting = function () { form.requestSubmit(button); };
  }
  function clearSent() {                                   /* what the server has; a deed, where the page tells of it */
    var told = /[?&]said=/.test(location.search);
    function said(left) { return left && (left.saved || (left.sent && told)); }
    Object.keys(localStorage).forEach(function (key) {
      var id = key.slice(KEY.length), here = drafts.some(function (draft) { return draft.id === id; });
      if (key.indexOf(KEY) === 0 && !here && said(kept(id))) localStorage.removeItem(key);
    });
  }
  /* What was never saved of a report that can no longer be written: the service keeps it as a copy. */
  function rescue(place) {
    var id = place.dataset.rescue, left = kept(id);
    if (!left) return;
    if (left.sent || left.saved) { forget(id); return; }
    send({id: id, version: left.version}, left.fields).then(function (answer) {
      if (answer.status === 409) { forget(id); place.hidden = false; }
    }, function () { /* offline: next time */ });
  }

  window.Drafts = {
    touched: touched, fill: fill, setVersion: setVersion, forget: forget, fieldsOf: fieldsOf, mark: mark,
    saveNow: function () { drafts.forEach(function (draft) { save(draft); }); },
    of: function (root) { return root.draft; }
  };
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-draft]").forEach(start);
    document.querySelectorAll("form").forEach(function (form) {
      if (form.querySelector("[data-field]")) form.addEventListener("submit", beforeSubmit);
      else if (form.closest("[data-versions]")) form.addEventListener("submit", beforeRestore);
    });
    clearSent();
    document.querySelectorAll("[data-rescue]").forEach(rescue);
    document.querySelectorAll("[data-not-secret] input").forEach(function (box) {
      box.addEventListener("change", function () {
        drafts.forEach(function (draft) { if (!draft.away && !draft.both) { draft.paused = false; save(draft); } });
      });
    });
    setInterval(tryAgain, RETRY);
  });
  window.addEventListener("focus", tryAgain);
  window.addEventListener("online", function () {
    drafts.forEach(function (draft) { if (draft.dirty) schedule(draft, 0); });
  });
  window.addEventListener("pagehide", function () { drafts.forEach(function (draft) { save(draft, true); }); });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) drafts.forEach(function (draft) { save(draft, true); });
  });
  window.addEventListener("pageshow", function () { submitting = false; });
  window.addEventListener("beforeunload", function (event) {
    if (submitting || !drafts.some(function (draft) { return draft.bad && (draft.dirty || draft.paused); })) return;
    event.preventDefault();
    event.returnValue = "";
  });
})();

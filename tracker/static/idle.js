/* 离开太久: two minutes before the log-in ends the page says so and offers 继续使用. Windows of one browser tell each other. */
(function () {
  "use strict";
  var SEEN = "tracker.seen", WARN = 120, LAG = 60;       /* seconds; the server notes a visit to the minute */
  var meta = document.querySelector("meta[name=idle-minutes]"), limit = meta ? Number(meta.content) * 60 - LAG : 0;
  var note = null, gone = false;

  function contact() {
    gone = false;
    try { localStorage.setItem(SEEN, String(Date.now())); } catch (none) { SEEN = ""; }
    hide();
  }
  function left() {
    return limit - (Date.now() - Number(localStorage.getItem(SEEN) || Date.now())) / 1000;
  }
  function hide() { if (note) { note.remove(); note = null; } }
  function warn() {
    if (note) return;
    note = document.createElement("div");
    note.className = "note amber idle";
    note.setAttribute("role", "alert");
    note.innerHTML = "<p>2分钟后自动退出。写的内容都会存着。</p><p><button type='button' class='btn sm pri'>继续使用</button></p>";
    note.querySelector("button").addEventListener("click", function () {
      fetch(location.pathname + location.search, {credentials: "same-origin"}).then(function (answer) {
        if (answer.ok && !answer.redirected) contact();
      }, function () { /* offline: the note stays */ });
    });
    document.getElementById("main").prepend(note);
  }
  function look() {
    var seconds = left();
    if (seconds > WARN) hide();
    else if (seconds > 0) warn();
    else if (!gone) {
      gone = true;
      hide();
      document.dispatchEvent(new CustomEvent("desk:away"));
    }
  }
  if (!limit) return;
  document.addEventListener("desk:contact", contact);
  document.addEventListener("DOMContentLoaded", function () { contact(); setInterval(look, 5000); });
})();

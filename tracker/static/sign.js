/* 审签的快捷键 J 下一件, K 上一件, A 签发, R 退回修改: only while no control is being typed in.
   A signature cannot be taken back: the first A goes to the button, the second A (or Enter) presses it. */
(function () {
  "use strict";

  function cards() {
    return Array.prototype.slice.call(document.querySelectorAll("article.sg"));
  }

  function current() {
    return document.activeElement ? document.activeElement.closest("article.sg") : null;
  }

  function go(step) {
    var all = cards(), here = all.indexOf(current());
    var next = all[here < 0 ? 0 : Math.min(Math.max(here + step, 0), all.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }

  function find(selector) {
    var card = current();
    return card && card.querySelector(selector);
  }

  function sign() {
    var button = find("form.go button");
    if (!button) return;
    if (document.activeElement === button) button.click();
    else button.focus();
  }

  function giveBack() {
    var summary = find("details.giveback > summary");
    if (summary) summary.click();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    var key = event.key.toLowerCase();
    if (key === "j") go(1);
    else if (key === "k") go(-1);
    else if (key === "a") sign();
    else if (key === "r") giveBack();
    else return;
    event.preventDefault();
  });

  /* 退回修改 opens with the cursor where the words go. */
  document.addEventListener("toggle", function (event) {
    if (event.target.matches("details.giveback") && event.target.open) event.target.querySelector("textarea").focus();
  }, true);
})();

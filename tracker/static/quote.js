/* 引用配合单位填报: the words go into 进展情况 where the cursor is, what is selected of them or all; where they are from is told
   to the server at once, the text itself is kept by autosave.js. Without this the buttons are plain forms. */
(function () {
  "use strict";

  /* What is selected within the passage, if it is, word for word, a part of it; "" for all of it. */
  function selected(passage) {
    var chosen = window.getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed) return "";
    var range = chosen.getRangeAt(0);
    if (!passage.contains(range.startContainer) || !passage.contains(range.endContainer)) return "";
    var words = chosen.toString().trim();
    return passage.textContent.indexOf(words) >= 0 ? words : "";
  }

  /* A paragraph of its own after the one with the cursor, none is cut in two; at the end where the cursor was never put
     anywhere. Ctrl+Z takes it back. */
  function insert(area, paragraph) {
    var text = area.value, end = area.selectionEnd ? text.indexOf("\n", area.selectionEnd) : -1;
    var at = end < 0 ? text.length : end;
    var words = (at && text[at - 1] !== "\n" ? "\n" : "") + paragraph;
    area.focus();
    area.setSelectionRange(at, at);
    if (!document.execCommand("insertText", false, words)) {
      area.setRangeText(words, at, at, "end");
      area.dispatchEvent(new Event("input", {bubbles: true}));
    }
    area.scrollIntoView({block: "nearest"});
  }

  function note(button, words, say) {
    var body = new URLSearchParams({text: words});
    body.set("csrf_token", document.querySelector("meta[name=csrf-token]").content);
    fetch(button.dataset.note, {
      method: "POST", body: body, credentials: "same-origin", headers: {Accept: "application/json"}
    }).then(function (answer) {
      if (answer.status === 200) return say("已引用" + button.dataset.unit + "的填报，出处已记下");
      return say("话放进去了，出处没有记上。请再点一次“引用”，不会重复放");
    }, function () {
      say("网络断了，出处没有记上。恢复后请再点一次“引用”，不会重复放");
    });
  }

  /* In the report's form. */
  function quote(event) {
    var button = event.currentTarget, area = button.form.elements.progress;
    var passage = document.getElementById(button.dataset.quote);
    if (!area || !passage) return;
    event.preventDefault();
    var words = selected(passage), all = words || passage.textContent;
    var said = button.closest("details").querySelector("[data-quote-said]");
    if (area.value.indexOf(all) < 0) insert(area, button.dataset.unit + "：" + all);
    note(button, words, function (sentence) { said.textContent = sentence; });
  }

  /* On the desk: the form itself is sent, with what is selected. */
  function choose(event) {
    event.target.elements.text.value = selected(document.getElementById(event.target.dataset.quoteForm));
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("button[data-quote]").forEach(function (button) {
      button.addEventListener("mousedown", function (event) { event.preventDefault(); });     /* keeps the selection */
      button.addEventListener("click", quote);
    });
    document.querySelectorAll("form[data-quote-form]").forEach(function (form) {
      form.querySelector("button").addEventListener("mousedown", function (event) { event.preventDefault(); });
      form.addEventListener("submit", choose);
    });
  });
})();

/* 填写时: boxes that grow, how much is written, 提交前体检 at its field, 本期无新进展 in one click, Ctrl+S and Ctrl+Enter. */
(function () {
  "use strict";
  var NOTHING_NEW = "本期无新进展：";

  function each(selector, deed, within) { (within || document).querySelectorAll(selector).forEach(deed); }
  function grow(area) {
    if (area.tagName !== "TEXTAREA") return;
    area.style.height = "auto";
    area.style.height = area.scrollHeight + 2 + "px";
  }
  function count(area) {
    var place = area.id && document.querySelector("[data-count='" + area.id + "']");
    if (place) place.textContent = "已写" + area.value.trim().length.toLocaleString("en-US") + "字";
  }
  function typed(area) { grow(area); count(area); }

  /* What the server noticed when it saved: at the field it speaks of. */
  function hint(root, said) {
    if (root.tagName === "FORM") root = document;          /* the evidence stands beside the form */
    each("[data-hints]", function (place) {
      var mine = (said.hints || []).filter(function (one) {
        return place.dataset.hints === "all" || one.field === place.dataset.hints;
      });
      place.hidden = !mine.length;
      place.textContent = "";
      mine.forEach(function (one) {
        var line = document.createElement("p");
        line.textContent = one.sentence;
        place.appendChild(line);
      });
    }, root);
    each("[data-similar]", function (place) {
      var much = said.similarity >= Number(place.dataset.similar);
      var shown = said.similarity && (much || !("only" in place.dataset));
      place.classList.toggle("warn", much);
      place.textContent = shown ? "与上期相似" + Math.round(said.similarity * 100) + "%" : "";
    }, root);
  }

  /* 本期无新进展: the reason goes into the box; what stood there comes back with 撤销. */
  function nothingNew(area, reason, place) {
    var before = area.value, note = document.createElement("p"), undo = document.createElement("button");
    write(area, NOTHING_NEW + reason);
    if (!reason) { area.focus(); area.setSelectionRange(area.value.length, area.value.length); return; }
    note.className = "done small";
    note.setAttribute("role", "status");
    note.textContent = "已记本期无新进展，理由会给督查室看　";
    undo.type = "button";
    undo.className = "link";
    undo.textContent = "撤销";
    undo.addEventListener("click", function () { write(area, before); note.remove(); area.focus(); });
    note.appendChild(undo);
    each("p.done", function (old) { old.remove(); }, place);
    place.appendChild(note);
  }
  function write(area, words) {
    area.value = words;
    area.dispatchEvent(new Event("input", {bubbles: true}));
    area.dispatchEvent(new Event("change", {bubbles: true}));
  }

  document.addEventListener("input", function (event) { if (event.target.dataset.field) typed(event.target); });
  document.addEventListener("draft:filled", function (event) { each("textarea", typed, event.target); });
  document.addEventListener("draft:saved", function (event) { hint(event.target, event.detail); });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-nothing-new]");
    if (!button) return;
    event.preventDefault();
    nothingNew(document.getElementById(button.dataset.nothingNew), button.value, button.parentNode);
  });
  document.addEventListener("change", function (event) {
    var choice = event.target;
    if (!choice.dataset.nothingNewChoice || !choice.selectedIndex) return;
    nothingNew(document.getElementById(choice.dataset.nothingNewChoice), choice.value, choice.parentNode);
    choice.selectedIndex = 0;
  });
  document.addEventListener("keydown", function (event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (event.key === "s") { event.preventDefault(); window.Drafts.saveNow(); }
    if (event.key === "Enter" && event.target.form) {
      var button = event.target.form.querySelector("[data-submit]");
      if (button) { event.preventDefault(); button.click(); }
    }
  });
  document.addEventListener("DOMContentLoaded", function () { each("textarea[data-field]", typed); });
})();

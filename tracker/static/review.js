/* 审核页: tick all rows without a warning, count the ticks, and single letters as keys. All of it works without. */
(function () {
  "use strict";

  var OFF = "review-keys-off";

  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function one(selector) { return document.querySelector(selector); }

  /* 全部通过（n）: what the button says is what it sends. */
  function count() {
    var batch = one("[data-batch]"), shown = one("[data-ticked]");
    if (!batch || !shown) return;
    var ticked = batch.querySelectorAll("input[name=item]:checked").length;
    shown.textContent = String(ticked);
    shown.closest("button").disabled = ticked === 0;
  }

  function tickClean(event) {
    var boxes = all("[data-batch] input[name=item]");
    var ticked = boxes.every(function (box) { return box.checked; });
    event.preventDefault();
    boxes.forEach(function (box) { box.checked = !ticked; });
    count();
  }

  /* Nothing is taken from whoever is typing (also in an input method), nor from the browser's own keys. */
  function typing(target) {
    if (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)) return true;
    return target.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(target.type);
  }

  function go(step) {
    var links = all(".q li > a"), at = links.findIndex(function (link) { return link.getAttribute("aria-current"); });
    var link = links[at + step] || one(step > 0 ? ".q .pager [rel=next]" : ".q .pager [rel=prev]");
    if (link) link.click();
  }

  function press(selector) {
    var button = one(selector);
    if (button && !button.disabled) button.click();
  }

  function sendBack() {
    var form = one("[data-decide]");
    if (!form) return;
    if (form.querySelector("input[name=picked]:checked") || form.elements.words.value.trim()) {
      press("[data-decide] [value=send_back]");
    } else {
      form.querySelector("input[name=picked]").focus();
    }
  }

  /* Without a reason nothing is sent back; where the reasons are out of sight (on a phone) they come into it first. */
  function askReason(event) {
    var form = one("[data-decide]"), first = form.querySelector("input[name=picked]"), place = first.getBoundingClientRect();
    var given = form.querySelector("input[name=picked]:checked") || form.elements.words.value.trim();
    if (given || (place.top >= 0 && place.bottom <= window.innerHeight - 72)) return;
    event.preventDefault();
    first.scrollIntoView({block: "center"});
    first.focus({preventScroll: true});
  }

  function tick() {
    var box = one(".q li.cur input[name=item]");
    if (!box) return;
    box.checked = !box.checked;
    count();
  }

  function legend() {
    var keys = one("[data-keys]");
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  }

  /* The open one is in sight in its list. */
  function reveal() {
    var row = one(".q li.cur"), list = row && row.parentElement;
    if (list) list.scrollTop = row.offsetTop - list.offsetTop - (list.clientHeight - row.offsetHeight) / 2;
  }

  var KEYS = {
    j: function () { go(1); }, k: function () { go(-1); }, x: tick, r: sendBack,
    a: function () { press("[data-decide] [value=accept]"); }, u: function () { press("[data-undo]"); },
    "?": legend, "？": legend
  };

  function read() { try { return window.localStorage.getItem(OFF) === "1"; } catch (error) { return false; } }
  function keep(off) { try { window.localStorage.setItem(OFF, off ? "1" : "0"); } catch (error) { /* for this page */ } }

  document.addEventListener("DOMContentLoaded", function () {
    var off = read(), keys = one("[data-keys]"), on = one("[data-keys-on]"), clean = one("[data-tick-clean]");
    if (!keys) return;
    function mark() { all("[data-key]").forEach(function (key) { key.hidden = off; }); }
    keys.hidden = false;
    on.checked = !off;
    mark();
    on.addEventListener("change", function () { off = !on.checked; keep(off); mark(); });
    if (clean) clean.addEventListener("click", tickClean);
    all("[data-decide] [value=send_back]").forEach(function (button) { button.addEventListener("click", askReason); });
    document.addEventListener("change", count);
    count();
    reveal();
    document.addEventListener("keydown", function (event) {
      var deed = KEYS[event.key.toLowerCase()];
      if (off || !deed || event.defaultPrevented || event.isComposing || event.repeat) return;
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      event.preventDefault();
      deed();
    });
  });
})();

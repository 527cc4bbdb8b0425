"use strict";
// What an image says is text: it reaches the page through textContent alone, and what would deceive a reader is spelled out.

// control, format (bidirectional overrides), unassigned and separator characters but the space, and bytes that are not UTF-8
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]|[^\S ]/gu;

const NAMED = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

// as Python spells it, so that the terminal and the page show the same
function visible(text) {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0).toString(16);
    const [letter, digits] = code.length < 3 ? ["x", 2] : code.length < 5 ? ["u", 4] : ["U", 8];
    return NAMED[character] || "\\" + letter + code.padStart(digits, "0");
  });
}

function shortened(text, width) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= width ? line : line.slice(0, width - 1).trimEnd() + "…";
}

function bytes(count) {
  if (!count) return "0";
  return count < 1e6 ? (count / 1e3).toFixed(1) + " kB" : (count / 1e6).toFixed(1) + " MB";
}

function plural(count, name) {
  return count.toLocaleString("en") + " " + name + (count === 1 ? "" : "s");
}

// an element; strings among what it holds become text
function element(name, attributes, ...held) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, key === "title" ? visible(value) : value);
  }
  made.append(...held.filter(Boolean).map((one) => (typeof one === "string" ? visible(one) : one)));
  return made;
}

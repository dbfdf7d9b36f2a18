"use strict";
// Fetch the list anew every two seconds, but never under the hands of somebody who is writing.
const list = () => document.getElementById("phones");

function isWriting() {
  const texts = [...list().querySelectorAll("textarea")];
  return list().contains(document.activeElement) || texts.some((text) => text.value !== "");
}

async function refresh() {
  if (document.hidden || isWriting()) return;
  const reply = await fetch("/?lang=" + document.documentElement.lang);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const fresh = page.getElementById("phones");
  if (fresh && fresh.innerHTML !== list().innerHTML && !isWriting()) list().replaceWith(document.adoptNode(fresh));
}

setInterval(() => refresh().catch(() => {}), 2000);

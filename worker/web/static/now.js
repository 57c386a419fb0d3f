// New items on top of the list, as the server tells of them. What is stored is set as text, never as markup.
"use strict";
const list = document.getElementById("items");
const form = document.getElementById("item");
const live = document.getElementById("live");
const MOST = 200;
let came = 0;

function show(item) {
  if (list.querySelector(`a[href="${CSS.escape(item.address)}"]`)) return;
  const row = form.content.cloneNode(true);
  const time = row.querySelector("time");
  time.dateTime = item.time;
  time.title = "first seen " + item.time;
  time.textContent = item.clock;
  row.querySelector(".over").textContent = item.dateline;
  row.querySelector("a").setAttribute("href", item.address);
  row.querySelector("bdi").textContent = item.title;
  row.querySelector(".text").textContent = item.text;
  row.querySelector(".facts li").textContent = item.section;
  list.prepend(row);
  while (list.children.length > MOST) list.lastElementChild.remove();
  document.getElementById("empty")?.remove();
  came += 1;
  live.textContent = came === 1 ? "1 new item since you came" : came + " new items since you came";
}

const events = new EventSource("/now.events");
events.onopen = () => { live.classList.add("on"); if (!came) live.textContent = "New items appear as they come"; };
events.onerror = () => { live.classList.remove("on"); };
events.onmessage = (event) => show(JSON.parse(event.data));

// What tests/page/test_browser.py asks of every view, in the browser.

// What a screen reader and a keyboard need, as far as a script can see it.
window.lacking = () => {
  const lacking = [];
  const say = (what, node) => lacking.push(what + ': ' + node.outerHTML.slice(0, 120));
  if (document.querySelectorAll('main').length !== 1) lacking.push('not one main');
  if (document.querySelectorAll('h1').length !== 1) lacking.push('not one h1');
  if (!document.documentElement.lang || !document.title) lacking.push('no language or title');
  const ids = [...document.querySelectorAll('[id]')].map(n => n.id);
  if (new Set(ids).size !== ids.length) lacking.push('an id twice');
  for (const n of document.querySelectorAll('input, select'))
    if (!n.labels.length) say('no label', n);
  for (const n of document.querySelectorAll('a, button'))
    if (!(n.textContent.trim() || n.getAttribute('aria-label'))) say('no name', n);
  for (const n of document.querySelectorAll('svg'))
    if (!n.closest('[aria-hidden=true]') && !n.parentElement.closest('svg') && !n.querySelector(':scope > title')) say('no title', n);
  for (const n of document.querySelectorAll('[aria-labelledby]'))
    for (const id of n.getAttribute('aria-labelledby').split(' '))
      if (!document.getElementById(id)) say('labelled by nothing', n);
  for (const n of document.querySelectorAll('table'))
    if (!n.querySelector('th[scope]')) say('no heads', n);
  for (const landmark of ['body > header', 'body > footer', 'header nav'])
    if (document.querySelectorAll(landmark).length !== 1) lacking.push('not one ' + landmark);
  const names = [...document.querySelectorAll('nav, [role=region], [role=search], form')].map(n => n.getAttribute('aria-label') || n.innerText);
  if (new Set(names).size !== names.length) lacking.push('two landmarks of one name: ' + names.join(', '));
  for (const n of document.body.children)
    if (!n.matches('header, main, footer, a.skip, script, template')) say('outside of all landmarks', n);
  let level = 0;
  for (const n of document.querySelectorAll('h1, h2, h3')) {
    const own = Number(n.tagName[1]);
    if (own > level + 1) say('a level left out', n);
    level = own;
  }
  return lacking;
};

// What can be reached with the Tab key, in the order in which it is read.
window.stops = () => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')].filter(n => n.checkVisibility({visibilityProperty: true}));

// What has the focus: its place among ``all``, whether it is in sight, and by what it is marked.
window.focused = (all) => {
  const n = document.activeElement, box = n.getBoundingClientRect(), style = getComputedStyle(n);
  const by = n.matches(':focus-within') && n.tagName === 'INPUT' || n.matches(':focus-visible') ? style.outlineStyle + ' ' + style.outlineWidth : 'nothing';
  return {at: all.indexOf(n), seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0, by, what: n.outerHTML.slice(0, 160)};
};

// Text whose contrast with what is behind it is below 4.5 to 1 (3 to 1 where it is large).
window.pale = () => {
  const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const lum = ([r, g, b]) => { const f = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const behind = n => { for (; n; n = n.parentElement) { const c = parse(getComputedStyle(n).backgroundColor); if (c[3] === 1) return c; }
    return parse(getComputedStyle(document.body).backgroundColor); };
  const pale = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const n = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || n.closest('svg, template, noscript, datalist') || !n.checkVisibility()) continue;
    const style = getComputedStyle(n), size = parseFloat(style.fontSize);
    const [a, b] = [lum(parse(style.color)), lum(behind(n))].sort((x, y) => y - x);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) pale.add(n.tagName + '.' + n.className + ' ' + ((a + 0.05) / (b + 0.05)).toFixed(2));
  }
  return [...pale];
};

// How much of the page moved while it was shown.
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({type: 'layout-shift', buffered: true});

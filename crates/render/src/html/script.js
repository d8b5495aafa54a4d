"use strict";
// The page is whole without this: it adds the times in the reader's zone, and opens the tables for printing.
(() => {
  const two = (n) => String(n).padStart(2, "0");
  const day = (d) => `${String(d.getFullYear()).padStart(4, "0")}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  const minutes = (d) => `${two(d.getHours())}:${two(d.getMinutes())}`;
  const seconds = (d) => `${minutes(d)}:${two(d.getSeconds())}`;
  const fraction = (d) => `${seconds(d)}.${String(d.getMilliseconds()).padStart(3, "0")}`;
  const written = {
    minutes,
    seconds,
    fraction,
    date: (d) => `${day(d).slice(5)} ${minutes(d)}`,
    moment: (d) => `${day(d)} ${fraction(d)}`,
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const moment = (place) => new Date(Number(place.dataset.at));
  const places = [...document.querySelectorAll("[data-at]")];
  for (const place of places) {
    place.textContent = written[place.dataset.as](moment(place));
  }
  for (const place of document.querySelectorAll(".zone.local, th.local, #zone")) {
    place.textContent = zone;
  }
  // Whoever reads in UTC has every time already.
  if (places.some((place) => moment(place).getTimezoneOffset() !== 0)) {
    document.documentElement.classList.add("zoned");
  }
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
})();

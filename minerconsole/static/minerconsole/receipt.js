// The receipt of a plan: asks once a second until it is over. Changes text nodes and marks only.

const EVERY_MS = 1000;
const page = document.getElementById("receipt");

function say(id, text) {
  const node = document.getElementById(id);
  if (node.textContent !== text) node.textContent = text;
}

function show(news) {
  [...document.getElementById("steps").children].forEach((item, place) => { item.dataset.is = news.steps[place].is; });
  say("sentence", news.sentence);
  document.getElementById("sentence").className = news.is_good ? "good" : news.is_over ? "bad" : "";
  document.getElementById("rate").hidden = !news.rate;
  say("rate", news.rate);
}

async function follow() {
  try {
    const response = await fetch(page.dataset.url, { cache: "no-store", headers: { Accept: "application/json" } });
    if (response.status === 401) return location.reload();
    if (response.ok) {
      const news = await response.json();
      show(news);
      if (news.is_over && (!news.is_good || news.rate)) return;
    }
  } catch {
    say("sentence", "The page's own program does not answer at the moment.");
  }
  setTimeout(follow, EVERY_MS);
}

follow();

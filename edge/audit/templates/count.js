"use strict";
const task = JSON.parse(document.getElementById("task").textContent);
const find = (id) => document.getElementById(id);
const video = find("video"), track = find("track"), flash = find("flash"), problem = find("problem");
const SPEEDS = [0.5, 1, 1.5, 2, 3, 4, 6, 8];
const SEEN_ENOUGH = 0.97;
let presses = [], active = task.lines[0].id, speed = 1, lastTime = 0, flashUntil = 0, leaving = false;

const share = (seconds) => `${100 * seconds / task.clip_s}%`;
find("inside").style.left = share(task.begins_s);
find("inside").style.width = share(task.ends_s - task.begins_s);

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function choose(line) {
  active = line;
  document.querySelectorAll("[data-line]").forEach((part) => {
    if (part.tagName === "TR") part.classList.toggle("active", task.lines.length > 1 && part.dataset.line === line);
    if (part.tagName === "g") part.classList.toggle("idle", part.dataset.line !== line);
  });
}

function show() {
  track.querySelectorAll(".mark").forEach((mark) => mark.remove());
  document.querySelectorAll("[data-count]").forEach((cell) => { cell.textContent = "0"; });
  for (const press of presses) {
    const mark = document.createElement("div");
    mark.className = `mark ${press.direction}`;
    mark.style.left = share(press.at_s);
    track.append(mark);
    const cell = document.querySelector(`[data-count="${press.line} ${press.direction}"]`);
    cell.textContent = String(Number(cell.textContent) + 1);
  }
}

function light(press) {
  flash.textContent = task.lines.length > 1 ? `${press.line}: ${press.direction}` : press.direction;
  flash.className = `flash ${press.direction}`;
  flashUntil = performance.now() + 600;
}

function press(line, direction) {
  const known = task.lines.find((entry) => entry.id === line);
  if (!known.directions.includes(direction) || video.readyState < 2) return;
  const made = { line, direction, at_s: video.currentTime };
  presses.push(made);
  light(made);
  show();
}

function undo() { presses.pop(); show(); }

function setSpeed(step) {
  const place = SPEEDS.indexOf(speed) + step;
  speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))];
  video.playbackRate = speed;
  find("speed").textContent = `${speed}×`;
}

function toggle() { if (video.paused) video.play(); else video.pause(); }
function back() { video.currentTime = Math.max(0, video.currentTime - 5); }

function seenShare() {
  let seen = 0;
  for (let n = 0; n < video.played.length; n += 1) seen += video.played.end(n) - video.played.start(n);
  return seen / task.clip_s;
}

function tick() {
  const now = video.currentTime;
  find("now").style.left = share(now);
  find("clock").textContent = `${clock(now)} of ${clock(task.clip_s)}`;
  if (now > lastTime && now - lastTime < 1)
    for (const made of presses) if (made.at_s > lastTime && made.at_s < now) light(made);
  lastTime = now;
  if (performance.now() > flashUntil) flash.textContent = "";
  if (video.readyState >= 2) {
    const outside = now < task.begins_s ? "before the window" : now > task.ends_s ? "after the window" : "";
    find("note").textContent = video.paused && now === 0 ? "space starts the clip" : outside;
  }
  const seen = seenShare() >= SEEN_ENOUGH;
  find("finish").disabled = !seen || leaving;
  find("finish").title = seen ? "" : "watch the clip to its end first";
  requestAnimationFrame(tick);
}

async function leave(path, body) {
  if (leaving) return;
  leaving = true;
  problem.textContent = "";
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(answer.status === 503
      ? "the database refused, nothing was stored: try again in a moment" : `it was not stored (${answer.status})`);
    video.removeAttribute("src");
    location.replace("./");
  } catch (error) {
    problem.textContent = error instanceof TypeError ? "no answer: is footfall-edge audit still running?" : error.message;
    leaving = false;
  }
}

const finish = () => { if (!find("finish").disabled) leave(`window/${task.number}`, { presses }); };
const stop = () => {
  if (!presses.length || confirm("The presses of this window are lost; earlier windows are stored. Stop?")) leave("stop", {});
};

const clicks = { play: toggle, back, undo, finish, stop, slower: () => setSpeed(-1), faster: () => setSpeed(1),
  skip: () => leave(`skip/${task.number}`, {}) };
for (const [id, act] of Object.entries(clicks))
  find(id).addEventListener("click", (event) => { act(); event.currentTarget.blur(); });
document.querySelectorAll("button.press").forEach((button) => button.addEventListener("click", () => {
  press(button.dataset.line, button.dataset.direction); button.blur(); }));
track.addEventListener("click", (event) => {
  const box = track.getBoundingClientRect();
  video.currentTime = task.clip_s * (event.clientX - box.left) / box.width;
});
const keys = { " ": toggle, ArrowLeft: back, u: undo, Backspace: undo, "-": () => setSpeed(-1), "+": () => setSpeed(1),
  "=": () => setSpeed(1), i: () => press(active, "in"), o: () => press(active, "out") };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const chosen = task.lines[Number(event.key) - 1];
  if (chosen) choose(chosen.id);
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) { event.preventDefault(); act(); }
});
video.addEventListener("play", () => { find("play").firstChild.textContent = "pause "; });
video.addEventListener("pause", () => { find("play").firstChild.textContent = "play "; });
video.addEventListener("error", async () => {
  if (leaving) return;
  const answer = await fetch(task.clip);
  problem.textContent = answer.ok ? "this browser cannot play the clip" : "the clip could not be made; the terminal says why";
});

window.addEventListener("beforeunload", (event) => { if (presses.length && !leaving) event.preventDefault(); });

choose(active);
video.src = task.clip;
requestAnimationFrame(tick);

// Everything works without this file. It starts GOV.UK Frontend's modules and adds small comforts.
import { initAll } from "/static/govuk/govuk-frontend.min.js";

initAll();

const pounds = new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" });

/** Show the money left after the ideas that are ticked: [data-total] holds inputs with data-pence. */
function keepTotal(region) {
  const startPence = Number(region.dataset.leftPence);
  const total = region.querySelector("[data-total-out]");
  const left = region.querySelector("[data-left-out]");
  const update = () => {
    const ticked = [...region.querySelectorAll("input[data-pence]:checked")];
    const pence = ticked.reduce((sum, input) => sum + Number(input.dataset.pence), 0);
    if (total) total.textContent = pounds.format(pence / 100);
    if (left) {
      const after = startPence - pence;
      left.textContent = after < 0 ? `${pounds.format(-after / 100)} short` : pounds.format(after / 100);
    }
  };
  region.addEventListener("change", update);
  update();
}
document.querySelectorAll("[data-total]").forEach(keepTotal);

/** Buttons that only make sense with scripts, such as printing. */
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

/** A select marked so sends its form when it changes; its own button stays for everybody else. */
document.querySelectorAll("[data-send-on-change]").forEach((select) => {
  select.addEventListener("change", () => select.form.requestSubmit());
});

/** Work under way: its page is asked again every [data-follow] seconds and says how far it is, until it is done. */
function follow(progress) {
  const later = () => setTimeout(again, Number(progress.dataset.follow) * 1000);
  async function again() {
    try {
      const answer = document.hidden ? null : await fetch(location.href);
      if (answer?.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const told = page.getElementById(progress.id);
        if (!told) return; // Signed out meanwhile: the button says so.
        const done = !told.dataset.follow;
        if (told.textContent !== progress.textContent) progress.replaceChildren(...told.childNodes);
        if (done) {
          // Only now, so that nobody loses their place on the page while they wait.
          const rest = page.querySelector("[data-followed]");
          if (rest) document.querySelector("[data-followed]")?.replaceChildren(...rest.childNodes);
          return;
        }
      }
    } catch {
      // No connection at the moment: the next time, or the button.
    }
    later();
  }
  later();
}
document.querySelectorAll("[data-follow]").forEach(follow);

// Saves a register as somebody goes: one person at a time, to the address that the Save button uses.
// Without this file, or without a connection, the Save button does the same.

/** Say under a person's name what happened, for eyes and for screen readers. */
function tell(fieldset, words, kind) {
  let line = fieldset.querySelector("[data-saved]");
  if (!line) {
    line = document.createElement("p");
    line.dataset.saved = "";
    line.setAttribute("role", "status");
    fieldset.append(line);
  }
  line.className = `fairday-saved fairday-saved--${kind}`;
  line.textContent = words;
}

async function save(form, fieldset) {
  const id = fieldset.dataset.person;
  const ticked = fieldset.querySelector("input[type=radio]:checked");
  if (!ticked) return;
  const body = new FormData();
  body.set("_csrf_token", form.elements._csrf_token.value);
  body.set(ticked.name, ticked.value);
  for (const name of [`note-${id}`, `came-${id}`, `left-${id}`]) {
    const field = form.elements[name];
    if (field) body.set(name, field.value);
  }
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
      redirect: "error",
    });
    const told = await answer.json();
    const error = told.errors && Object.values(told.errors)[0];
    if (error) tell(fieldset, error, "problem");
    else if (answer.ok) tell(fieldset, "Saved", "done");
    else throw new Error(String(answer.status));
  } catch {
    tell(fieldset, "Not saved yet. Choose Save register.", "problem");
  }
}

document.querySelectorAll("form[data-register]").forEach((form) => {
  form.querySelectorAll("fieldset[data-person]").forEach((fieldset) => {
    // One after another, so that the last tick is the one that stays.
    let turn = Promise.resolve();
    fieldset.addEventListener("change", () => {
      turn = turn.then(() => save(form, fieldset));
    });
  });
});

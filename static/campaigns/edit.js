"use strict";
/* Saves while one writes, and shows what was found: who gets it, how many segments, the first texts. */
(() => {
    const form = document.getElementById("campaign");
    const figures = document.getElementById("campaign-figures");
    const moved = document.getElementById("campaign-moved");
    const field = (name) => form.elements.namedItem(name);
    const DELAY = 700;
    let waiting = null;
    let busy = false;
    let again = false;
    let leaving = null;

    function show(name, isShown) {
        const box = form.querySelector(`[data-field="${name}"]`);
        if (box) box.hidden = !isShown;
    }

    function arrange() {
        const isLater = field("when").value === "later";
        for (const name of ["at", "zone", "provider_schedule"]) show(name, isLater);
        show("repeat_until", Boolean(field("repeat").value));
        show("sms_instead", field("channel").value === "whatsapp");
        for (const place of [2, 3, 4]) show(`way_${place}`, Boolean(field(`way_${place - 1}`).value));
        show("statuses", Boolean(field("earlier").value));
        for (const name of ["any_groups", "all_groups"]) show(name, !field("everyone").checked);
    }

    function soon() {
        clearTimeout(waiting);
        waiting = setTimeout(save, DELAY);
    }

    /* One at a time: each save is the next version. */
    async function save() {
        if (busy) { again = true; return; }
        busy = true;
        try {
            const body = new FormData(form);
            body.delete("file");
            const answer = await fetch("?live", { method: "POST", body, redirect: "error" });
            if (answer.headers.has("X-Moved")) moved.hidden = false;
            else if (answer.status === 200) await take(answer);
        } catch {
            again = true;
        }
        busy = false;
        if (leaving) return form.requestSubmit(leaving);
        if (again && moved.hidden) { again = false; soon(); }
    }

    async function take(answer) {
        field("version").value = answer.headers.get("X-Version");
        figures.innerHTML = await answer.text();
        lookAgain();
    }

    function lookAgain() {
        const seconds = Number(figures.firstElementChild?.dataset.again || 0);
        if (seconds) setTimeout(look, seconds * 1000);
    }

    async function look() {
        if (busy) return;
        const answer = await fetch(form.dataset.figures, { redirect: "error" }).catch(() => null);
        if (!busy && answer && answer.ok) figures.innerHTML = await answer.text();
        lookAgain();
    }

    form.addEventListener("input", (event) => {
        arrange();
        if (event.target.type !== "file") soon();
    });
    /* What is being saved is the version before this one: wait for it. */
    form.addEventListener("submit", (event) => {
        clearTimeout(waiting);
        if (!busy) return;
        event.preventDefault();
        leaving = event.submitter;
    });
    arrange();
    lookAgain();
})();

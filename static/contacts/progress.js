"use strict";
/* Asks how far an import or an export is, and opens the next page when it has come to a new state. */
(() => {
    const page = document.getElementById("sheet-progress");
    if (!page) return;
    const summary = document.getElementById("progress-summary");
    const trouble = document.getElementById("progress-trouble");
    const bar = document.getElementById("progress-bar");
    const RETRY_SECONDS = 5;

    function apply(told) {
        if (told.state !== page.dataset.state) return location.reload();
        if (summary.textContent !== told.summary) summary.textContent = told.summary;
        if (told.total) {
            bar.max = told.total;
            bar.value = told.done;
        }
        again(told.poll_seconds);
    }

    async function look() {
        try {
            const answer = await fetch(page.dataset.poll, { redirect: "error" });
            if (!answer.ok) throw new Error(String(answer.status));
            apply(await answer.json());
            trouble.hidden = true;
        } catch {
            trouble.hidden = false;
            again(RETRY_SECONDS);
        }
    }

    function again(seconds) {
        if (seconds) setTimeout(look, seconds * 1000);
    }

    again(Number(page.dataset.seconds));
})();

"use strict";
/* Asks for the counts until nothing more is to come. Figures change in place, so that the focus stays where it is. */
(() => {
    const page = document.getElementById("progress");
    const summary = document.getElementById("progress-summary");
    const trouble = document.getElementById("progress-trouble");
    const waits = document.getElementById("progress-waits");
    const standing = document.getElementById("progress-standing");
    const RETRY_SECONDS = 5;

    function warn(sentences) {
        const shown = [...standing.children].map((each) => each.textContent);
        if (JSON.stringify(shown) === JSON.stringify(sentences)) return;
        standing.replaceChildren(
            ...sentences.map((sentence) => {
                const warning = document.createElement("p");
                warning.className = "sms-warning sms-wrap";
                warning.textContent = sentence;
                return warning;
            }),
        );
    }

    function apply(told) {
        for (const [status, count] of Object.entries(told.counts)) {
            const row = page.querySelector(`[data-status="${status}"]`);
            row.hidden = !count;
            row.querySelector("[data-count]").textContent = count;
        }
        document.getElementById("progress-bar").value = told.settled;
        if (summary.textContent !== told.summary) summary.textContent = told.summary;
        if (waits.textContent !== told.waits) waits.textContent = told.waits;
        waits.hidden = !told.waits;
        warn(told.standing);
    }

    async function look() {
        try {
            const answer = await fetch(page.dataset.poll, { redirect: "error" });
            if (!answer.ok) throw new Error(String(answer.status));
            const told = await answer.json();
            apply(told);
            trouble.hidden = true;
            again(told.poll_seconds);
        } catch {
            trouble.hidden = false;
            again(RETRY_SECONDS);
        }
    }

    function again(seconds) {
        page.dataset.seconds = seconds;
        if (seconds) setTimeout(look, seconds * 1000);
    }

    again(Number(page.dataset.seconds));
})();

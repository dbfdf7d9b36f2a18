"use strict";
/* Keeps the moving part of the page up to date, and leafs through the preview without leaving it. */
(() => {
    const RETRY_SECONDS = 5;

    async function part(address, id) {
        const answer = await fetch(address, { redirect: "error" });
        if (!answer.ok) throw new Error(String(answer.status));
        const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
        return { found, hasMoved: answer.headers.has("X-Moved") };
    }

    /* Where the focus is inside, it stays there: this turn is left out. */
    async function look() {
        const live = document.getElementById("live");
        if (live.contains(document.activeElement)) return again(live.dataset.seconds);
        try {
            const { found, hasMoved } = await part(live.dataset.poll, "live");
            if (hasMoved) return location.reload();
            live.replaceWith(found);
            again(found.dataset.seconds);
        } catch {
            again(RETRY_SECONDS);
        }
    }

    function again(seconds) {
        if (Number(seconds)) setTimeout(look, Number(seconds) * 1000);
    }

    document.addEventListener("click", async (event) => {
        const link = event.target.closest("a[data-swap]");
        if (!link) return;
        event.preventDefault();
        const { found } = await part(link.href, link.dataset.swap);
        document.getElementById(link.dataset.swap).replaceWith(found);
        (found.querySelector(`a[rel="${link.rel}"]`) ?? found.querySelector("a"))?.focus();
    });

    if (document.getElementById("live")) again(document.getElementById("live").dataset.seconds);
})();

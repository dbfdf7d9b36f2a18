"use strict";
/* Keeps the start page up to date, part by part: what a person is using stays as it is until the next turn. */
(() => {
    const RETRY_SECONDS = 30;
    const board = document.getElementById("dashboard");
    let next = null;

    async function look() {
        clearTimeout(next);
        if (document.hidden) return again(board.dataset.seconds);
        try {
            const answer = await fetch(board.dataset.poll, { redirect: "error" });
            if (!answer.ok) throw new Error(String(answer.status));
            const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
            fresh.querySelectorAll("[data-part]").forEach(renew);
            again(board.dataset.seconds);
        } catch {
            again(RETRY_SECONDS);
        }
    }

    function renew(part) {
        const shown = document.getElementById(part.id);
        if (!shown || shown.contains(document.activeElement)) return;
        const canvas = part.querySelector("canvas");
        if (!canvas) return shown.replaceWith(part);
        redraw(shown.querySelector("canvas"), canvas.dataset.value);
        shown.querySelector("tbody").replaceWith(part.querySelector("tbody"));
    }

    function redraw(canvas, value) {
        const chart = window.Chart && Chart.getChart(canvas);
        if (!chart) return;
        chart.data = JSON.parse(value);
        chart.update();
    }

    function again(seconds) {
        clearTimeout(next);
        next = setTimeout(look, Number(seconds) * 1000);
    }

    if (!board) return;
    again(board.dataset.seconds);
    /* Whoever comes back to the page sees it as it is now. */
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
})();

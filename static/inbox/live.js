"use strict";
/* Asks for the part of the page that changes by itself, and puts it in place where it has. */
(() => {
    const live = document.getElementById("live");
    const trouble = document.getElementById("live-trouble");
    const title = document.title;
    const RETRY_SECONDS = 5;
    const HIDDEN_SECONDS = 15;

    const inner = () => live.firstElementChild;
    const thread = () => document.getElementById("thread");

    function atEnd(list) {
        return !list || list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    }

    function toEnd() {
        const list = thread();
        if (list) list.scrollTop = list.scrollHeight;
    }

    /* Whoever is on a link stays on it. */
    function refocus(href) {
        for (const link of href ? live.querySelectorAll("a") : []) {
            if (link.getAttribute("href") === href) return link.focus({ preventScroll: true });
        }
    }

    function take(html, digest) {
        const wasAtEnd = atEnd(thread());
        const top = thread()?.scrollTop;
        const href = live.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
        live.innerHTML = html;
        live.dataset.digest = digest;
        if (wasAtEnd) toEnd();
        else if (thread()) thread().scrollTop = top;
        refocus(href);
        tell();
    }

    function tell() {
        const unread = Number(inner()?.dataset.unread || 0);
        document.title = unread ? `(${unread > 99 ? "99+" : unread}) ${title}` : title;
        if (unread && live.dataset.read && !document.hidden) markRead();
        document.dispatchEvent(new CustomEvent("inbox-changed"));
    }

    function markRead() {
        const body = new FormData(document.getElementById("act"));
        body.set("upto", inner().dataset.last);
        fetch(live.dataset.read, { method: "POST", body, redirect: "error" }).catch(() => {});
    }

    async function look() {
        try {
            const answer = await fetch(`${live.dataset.poll}&digest=${live.dataset.digest}`, { redirect: "error" });
            if (!answer.ok) throw new Error(String(answer.status));
            if (answer.status === 200) take(await answer.text(), answer.headers.get("X-Digest"));
            trouble.hidden = true;
            again(Number(live.dataset.seconds));
        } catch {
            trouble.hidden = false;
            again(RETRY_SECONDS);
        }
    }

    let waiting = null;
    function again(seconds) {
        clearTimeout(waiting);
        waiting = setTimeout(look, (document.hidden ? Math.max(seconds, HIDDEN_SECONDS) : seconds) * 1000);
    }

    document.addEventListener("inbox-look", () => { if (live.dataset.poll) again(0); });
    document.addEventListener("visibilitychange", () => {
        if (document.hidden || !live.dataset.poll) return;
        tell();
        again(0);
    });
    toEnd();
    tell();
    if (live.dataset.poll) again(Number(live.dataset.seconds));
})();

"use strict";
/* While one writes, colleagues see it; while a colleague writes, nothing is sent from here unless it is taken over. */
(() => {
    const form = document.getElementById("reply");
    if (!form) return;
    const text = form.elements.namedItem("text");
    const words = JSON.parse(document.getElementById("reply-words").textContent);
    const takeOver = document.getElementById("take-over");
    const live = document.getElementById("live");
    const sends = [...form.querySelectorAll("button[type=submit]")];
    let beating = null;
    let leaving = false;

    const isOthers = () => live.firstElementChild?.dataset.answering === "other";

    function arrange() {
        const others = isOthers();
        takeOver.hidden = !others;
        for (const button of sends) button.disabled = others;
    }

    function body(name) {
        const data = new FormData();
        data.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
        if (name) data.set(name, "1");
        return data;
    }

    async function claim(name) {
        clearTimeout(beating);
        const answer = await fetch(form.dataset.claim, { method: "POST", body: body(name), redirect: "error" }).catch(() => null);
        const told = answer && answer.ok ? await answer.json() : { mine: true, seconds: 5 };
        if (leaving) return;
        beating = told.mine && text.value.trim() ? setTimeout(claim, told.seconds * 1000) : null;
        document.dispatchEvent(new CustomEvent("inbox-look"));
    }

    function release() {
        if (!beating) return;
        clearTimeout(beating);
        beating = null;
        navigator.sendBeacon(form.dataset.release, body());
    }

    function count() {
        const measured = SmsText.measure(SmsText.clean(text.value));
        const told = measured.segments === 1 ? words.one : words.count;
        const isShown = text.value && !form.elements.namedItem("route").value.endsWith(":whatsapp");
        const line = told.replace("{units}", measured.units).replace("{segments}", measured.segments);
        document.getElementById("reply-count").textContent = isShown ? line : "";
    }

    text.addEventListener("input", () => {
        count();
        if (text.value.trim() && !beating && !isOthers()) claim();
        if (!text.value.trim()) release();
    });
    form.addEventListener("change", count);
    const quick = document.getElementById("quick-reply");
    quick?.addEventListener("change", () => {
        const found = JSON.parse(document.getElementById("quick-replies").textContent)[Number(quick.value)];
        if (!quick.value || !found) return;
        quick.value = "";
        const gap = /\S$/.test(text.value.slice(0, text.selectionStart)) ? " " : "";
        text.setRangeText(gap + found[2], text.selectionStart, text.selectionEnd, "end");
        text.focus();
        text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    takeOver.addEventListener("click", () => claim("take_over"));
    form.addEventListener("submit", (event) => {
        if (isOthers()) {
            form.dataset.once = "";
            return event.preventDefault();
        }
        leaving = true;
        clearTimeout(beating);
    });
    window.addEventListener("pagehide", () => { if (!leaving) release(); });
    document.addEventListener("inbox-changed", arrange);
    arrange();
    count();
    if (text.value.trim() && !isOthers()) claim();
})();

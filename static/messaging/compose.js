"use strict";
/* Helps while one writes: shows only what the account offers, counts segments, asks the server about the numbers. */
(() => {
    const form = document.getElementById("compose");
    const data = JSON.parse(document.getElementById("compose-data").textContent);
    const field = (name) => form.elements.namedItem(name);
    const offer = () => data.accounts[field("account").value];
    const shown = (value) => (typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : value);
    const say = (word, values) => data.words[word].replace(/\{(\w+)\}/g, (_all, name) => shown(values[name]));

    function show(name, isShown) {
        const box = form.querySelector(`[data-field="${name}"]`);
        box.hidden = !isShown;
        box.querySelectorAll("input, select").forEach((control) => { control.disabled = !isShown; });
    }

    function limitChoices(name, offered) {
        const select = field(name);
        for (const option of select.options) option.hidden = option.disabled = !offered.includes(option.value);
        if (!offered.includes(select.value)) select.value = offered[0];
        show(name, offered.length > 1);
        /* A single choice is hidden, but still told to the server. */
        select.disabled = false;
    }

    function arrange() {
        const chosen = offer();
        if (chosen) {
            limitChoices("channel", ["sms", "whatsapp"].filter((channel) => chosen.channels.includes(channel)));
            limitChoices("type", field("channel").value === "sms" ? chosen.types : [""]);
        }
        const isLater = field("when").value === "later";
        show("at", isLater);
        show("zone", isLater);
        show("day_and_night", field("kind").value === "promotional");
        show("provider_schedule", isLater && Boolean(chosen && chosen.schedules));
        show("wap_url", data.types[field("type").value].url);
        show("sender_id", Boolean(chosen && chosen.takesSender));
    }

    function lines(target, parts) {
        target.replaceChildren(...parts.filter(Boolean).map(([text, style]) => {
            const line = document.createElement("div");
            line.textContent = text;
            if (style) line.className = style;
            return line;
        }));
    }

    function countText() {
        const text = SmsText.clean(field("text").value);
        const type = data.types[field("type").value];
        const measured = SmsText.measure(text, type.encoding, type.flash);
        const isWhatsApp = field("channel").value === "whatsapp";
        const word = isWhatsApp ? "whatsapp" : measured.segments > 1 ? "count" : "one";
        const parts = [[say(word, measured)], remark(text, measured, type)];
        lines(document.getElementById("text-told"), text ? [...parts, tooLong(text)] : []);
    }

    function tooLong(text) {
        const chosen = offer();
        return chosen && [...text].length > chosen.longest ? [say("tooLong", { limit: chosen.longest }), "sms-bad"] : null;
    }

    function remark(text, measured, type) {
        const chars = [...text];
        const named = (place) => ({ char: SmsText.nameCharacter(chars[place]), place: place + 1 });
        const missing = SmsText.firstBeyond(text, measured.encoding);
        if (missing >= 0) return [say("missing", named(missing)), "sms-bad"];
        if (measured.encoding !== "ucs2" || measured.index < 0) return null;
        if (offer() && !offer().encodings.includes("ucs2")) return [say("noUnicode", named(measured.index)), "sms-bad"];
        return type.encoding || field("channel").value === "whatsapp" ? null : [say("unicode", named(measured.index))];
    }

    /* As long as the browser writes them into the request. */
    function isTooMuch() {
        const written = (name) => encodeURIComponent(field(name).value.toWellFormed().replace(/\n/g, "\r\n")).length;
        return written("recipients") + written("text") > data.mostBytes;
    }

    let waiting = null;
    let asked = null;

    function askSoon() {
        clearTimeout(waiting);
        waiting = setTimeout(ask, 400);
    }

    async function ask() {
        const target = document.getElementById("recipients-told");
        if (asked) asked.abort();
        asked = new AbortController();
        if (!field("recipients").value.trim()) return lines(target, []);
        if (isTooMuch()) return lines(target, [[data.words.tooMuch, "sms-bad"]]);
        try {
            const options = { method: "POST", body: new FormData(form), signal: asked.signal, redirect: "error" };
            const answer = await fetch(form.dataset.check, options);
            if (!answer.ok) throw new Error(String(answer.status));
            tell(target, await answer.json());
        } catch (error) {
            if (error.name !== "AbortError") lines(target, [[data.words.unreachable]]);
        }
    }

    function tell(target, told) {
        const summary = [say("recipients", told)];
        if (told.duplicates) summary.push(say("duplicates", { count: told.duplicates }));
        if (told.cost) summary.push(say("cost", told));
        const rest = told.invalid - told.examples.length;
        lines(target, [
            [summary.join(" · ")],
            told.invalid ? [say("invalid", { count: told.invalid }), "sms-bad"] : null,
            ...told.examples.map((example) => [example, "sms-bad"]),
            rest > 0 ? [say("more", { count: rest }), "sms-bad"] : null,
        ]);
    }

    /* A page opened anew starts in the zone that the person's computer is in. */
    function preselectZone() {
        const zones = {
            "Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Ujung_Pandang": "WITA",
            "Asia/Jayapura": "WIT",
        };
        const zone = zones[Intl.DateTimeFormat().resolvedOptions().timeZone];
        if (zone && !field("at").value && !field("recipients").value) field("zone").value = zone;
    }

    form.addEventListener("submit", (event) => {
        if (!isTooMuch()) return;
        event.preventDefault();
        lines(document.getElementById("recipients-told"), [[data.words.tooMuch, "sms-bad"]]);
        field("recipients").focus();
    });
    form.addEventListener("input", () => { arrange(); countText(); askSoon(); });
    preselectZone();
    arrange();
    countText();
    askSoon();
})();

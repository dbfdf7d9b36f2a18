"use strict";
/* Mirrors smsops/messaging/text.py for the counter; the server has the last word. A test holds the two together. */
const SmsText = (() => {
    const BASIC = new Set(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    );
    const EXTENSION = new Set("^{}\\[~]|€\f");
    const LIMITS = { gsm7: [160, 153], ucs2: [70, 67], latin1: [140, 134] };
    const FLASH_LIMIT = 140;

    const isGsm7 = (char) => BASIC.has(char) || EXTENSION.has(char);
    const isLatin1 = (char) => char.codePointAt(0) <= 0xff;

    function clean(text) {
        const oneBreak = text.replace(/\r\n?/g, "\n").replace(/\t/g, " ");
        return [...oneBreak].filter((char) => char === "\n" || !/[\p{Cc}\p{Cs}]/u.test(char)).join("");
    }

    function width(char, encoding) {
        if (encoding === "gsm7") return EXTENSION.has(char) ? 2 : 1;
        return encoding === "ucs2" ? char.length : 1;
    }

    /* The place, in characters, of the first that an encoding lacks, or -1. */
    function firstBeyond(text, encoding) {
        if (encoding === "ucs2") return -1;
        return [...text].findIndex((char) => !(encoding === "latin1" ? isLatin1(char) : isGsm7(char)));
    }

    /* `encoding` null chooses GSM-7 where it suffices. */
    function measure(text, encoding, isFlash) {
        const chars = [...text];
        const index = firstBeyond(text, "gsm7");
        const chosen = encoding || (index < 0 ? "gsm7" : "ucs2");
        const units = chars.reduce((sum, char) => sum + width(char, chosen), 0);
        const single = isFlash && chosen === "gsm7" ? FLASH_LIMIT : LIMITS[chosen][0];
        const [segments, remaining] = units <= single ? [1, single - units] : fillParts(chars, chosen);
        return { encoding: chosen, units, segments, remaining, culprit: index < 0 ? "" : chars[index], index };
    }

    function fillParts(chars, encoding) {
        const part = LIMITS[encoding][1];
        let parts = 1;
        let used = 0;
        for (const char of chars) {
            const size = width(char, encoding);
            if (used + size > part) {
                parts += 1;
                used = 0;
            }
            used += size;
        }
        return parts > 1 ? [parts, part - used] : [2, 2 * part - used];
    }

    function nameCharacter(char) {
        const code = char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
        return /[\p{C}\p{Z}]/u.test(char) ? `U+${code}` : `${char} (U+${code})`;
    }

    return { clean, measure, firstBeyond, nameCharacter };
})();

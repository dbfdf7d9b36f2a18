"use strict";
/* One more empty row, made of the last one. */
(() => {
    function addRow(pairs) {
        const rows = pairs.querySelectorAll("[data-pair]");
        const last = rows[rows.length - 1];
        const row = last.cloneNode(true);
        for (const input of row.querySelectorAll("input")) input.value = "";
        last.after(row);
        row.querySelector("input").focus();
    }

    document.addEventListener("DOMContentLoaded", () => {
        for (const pairs of document.querySelectorAll("[data-pairs]")) {
            const button = pairs.querySelector("[data-pairs-add]");
            button.hidden = false;
            button.addEventListener("click", () => addRow(pairs));
        }
    });
})();

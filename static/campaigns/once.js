"use strict";
/* A second click while the first is on its way does nothing; the server would do it once all the same. */
(() => {
    const forms = [...document.querySelectorAll("form[data-once]")];
    for (const form of forms) {
        form.addEventListener("submit", (event) => {
            if (form.dataset.once === "sent") event.preventDefault();
            form.dataset.once = "sent";
        });
    }
    window.addEventListener("pageshow", () => { for (const form of forms) form.dataset.once = ""; });
})();

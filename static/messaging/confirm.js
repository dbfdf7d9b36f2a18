"use strict";
/* A second click while the first is on its way does nothing; the server would send it once all the same. */
(() => {
    const form = document.getElementById("confirm");
    const button = form.querySelector("button");
    form.addEventListener("submit", (event) => {
        if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
        button.setAttribute("aria-disabled", "true");
    });
    /* Back from the next page, the browser may show this one as it was left. */
    window.addEventListener("pageshow", () => button.removeAttribute("aria-disabled"));
})();

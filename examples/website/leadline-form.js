/*
 * Leadline's website form. Put it on a page once:
 *
 *   <script src="https://leadline.example.com/leadline-form.js" defer></script>
 *   <form data-leadline="https://leadline.example.com/in/src_..."
 *         action="https://leadline.example.com/in/src_..." method="post"> ... </form>
 *
 * The form works without this script too: the browser then posts it by itself. With it, a form that meets a broken line
 * is sent again until it arrives, a double click sends it once, and what is wrong is said beside the field.
 *
 * It sends what the visitor typed, the words of consent as they were shown, the page's address, and the visitor's time
 * zone (nobody is to be called at night). It sets no cookie, keeps nothing in the browser and asks nobody but Leadline.
 *
 * On the form: data-thanks, data-sending, data-waiting, data-failed: the words shown; data-consent-version: version of
 * the words of consent. On a field: data-leadline-field="phone" says what it is, where its name does not. The words of
 * consent: whatever has the attribute data-leadline-consent, else the label of the tick box.
 *
 * Events on the form, for the page's own script: leadline:sent (detail.leadId), leadline:refused (detail.problems).
 */
(function () {
  "use strict";

  var WAITS_S = [1, 2, 4, 8, 15, 30, 30, 30, 30, 30]; // between tries: three minutes in all
  var ANSWER_S = 15; // no answer for so long is a broken line
  var NAMES = {
    phone: ["phone", "phone_number", "telephone", "tel", "mobile", "cell", "contact_number"],
    name: ["name", "full_name", "fullname", "your_name", "first_name", "firstname", "fname", "given_name"],
    email: ["email", "e-mail", "e_mail", "email_address", "mail"],
    country: ["country", "country_code"],
    consent: ["consent", "consent.call", "consent[call]", "consent_call", "agree", "opt_in", "tcpa_consent"]
  };
  var WORDS = {
    thanks: "Thank you. We call you at the number that you gave, as soon as calls are allowed where you are.",
    sending: "Sending …",
    waiting: "We cannot reach the server. Your form is not lost: we try again by ourselves while this page is open.",
    failed: "The form could not be sent. Please try again, or call us."
  };

  function words(form, which) {
    return form.getAttribute("data-" + which) || WORDS[which];
  }

  function newId() {
    if (window.crypto && crypto.randomUUID) { return crypto.randomUUID(); }
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, function (each) { return ("0" + each.toString(16)).slice(-2); }).join("");
  }

  function controlsOf(form) {
    return Array.prototype.filter.call(form.elements, function (each) { return each.name; });
  }

  /* The control that a problem is about: by its mark, its name, or the names that Leadline knows. */
  function controlOf(form, meaning) {
    var controls = controlsOf(form);
    var names = [meaning].concat(NAMES[meaning] || []);
    return controls.find(function (each) { return each.getAttribute("data-leadline-field") === meaning; }) ||
      controls.find(function (each) { return names.indexOf(each.name.toLowerCase()) >= 0 && each.type !== "hidden"; });
  }

  function consentBox(form) {
    var box = controlOf(form, "consent");
    return box && box.type === "checkbox" ? box : null;
  }

  /* The words as the visitor sees them. */
  function consentText(form) {
    var place = form.querySelector("[data-leadline-consent]");
    var box = consentBox(form);
    if (!place && box && box.labels && box.labels.length) { place = box.labels[0]; }
    return place ? place.innerText.replace(/\s+/g, " ").trim() : "";
  }

  function zone() {
    try { return Intl.DateTimeFormat().resolvedOptions().timeZone || ""; } catch (problem) { return ""; }
  }

  function read(form, state) {
    var box = consentBox(form), sent = {}, utm = {};
    new FormData(form).forEach(function (value, name) {
      if (typeof value !== "string" || (box && name === box.name)) { return; } // files are not sent
      var control = controlsOf(form).find(function (each) { return each.name === name; });
      var meaning = control && control.getAttribute("data-leadline-field");
      var key = meaning || name;
      sent[key] = key in sent ? sent[key] + ", " + value : value;
    });
    new URLSearchParams(location.search).forEach(function (value, name) {
      if (/^utm_/.test(name)) { utm[name.slice(4)] = value; }
    });
    if (Object.keys(utm).length && !("utm" in sent)) { sent.utm = utm; }
    if (!sent.time_zone) { sent.time_zone = zone(); }
    if (!sent.page_url) { sent.page_url = location.href.split("#")[0]; }
    var text = consentText(form);
    if (box || text) {
      sent.consent = {};
      if (box) { sent.consent.call = box.checked; }
      if (text) {
        sent.consent.text = text;
        sent.consent.version = form.getAttribute("data-consent-version") || "";
      }
      if (box && box.checked && state.agreedAt) { sent.consent.at = state.agreedAt; }
    }
    return sent;
  }

  function clear(form) {
    form.querySelectorAll(".leadline-problem").forEach(function (each) { each.remove(); });
    controlsOf(form).forEach(function (each) {
      each.removeAttribute("aria-invalid");
      var told = (each.getAttribute("aria-describedby") || "").split(" ").filter(function (id) {
        return id && id.indexOf("leadline-problem-") !== 0;
      });
      if (told.length) { each.setAttribute("aria-describedby", told.join(" ")); }
      else { each.removeAttribute("aria-describedby"); }
    });
  }

  /* Beside the field, connected with it, so that it is read out with the field. */
  function show(form, problem, number) {
    var control = controlOf(form, problem.field);
    if (!control) { return null; }
    var line = document.createElement("p");
    line.className = "leadline-problem";
    line.id = "leadline-problem-" + number + "-" + control.name.replace(/\W/g, "-");
    line.textContent = problem.problem + " " + problem.fix;
    var after = control.type === "checkbox" && control.labels && control.labels.length ? control.labels[0] : control;
    after.insertAdjacentElement("afterend", line);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", ((control.getAttribute("aria-describedby") || "") + " " + line.id).trim());
    return control;
  }

  function status(form, state, text, alarming) {
    state.line.setAttribute("role", alarming ? "alert" : "status");
    state.line.className = alarming ? "leadline-status leadline-wrong" : "leadline-status";
    state.line.textContent = text;
    state.line.hidden = !text;
  }

  function busy(form, state, is) {
    state.busy = is;
    form.setAttribute("aria-busy", is ? "true" : "false");
    form.querySelectorAll("button:not([type]), button[type=submit], input[type=submit]").forEach(function (each) {
      // Not disabled: a button that is loses the focus, and whoever works by keyboard their place.
      each.setAttribute("aria-disabled", is ? "true" : "false");
    });
  }

  function later(seconds) {
    return new Promise(function (done) {
      var over = function () { window.removeEventListener("online", over); done(); };
      window.addEventListener("online", over);
      setTimeout(over, seconds * 1000);
    });
  }

  function post(address, body) {
    var stop = new AbortController();
    var alarm = setTimeout(function () { stop.abort(); }, ANSWER_S * 1000);
    return fetch(address, {
      method: "POST", body: body, signal: stop.signal, credentials: "omit", keepalive: body.length < 60000,
      headers: { "Content-Type": "application/json", "Accept": "application/json" }
    }).then(function (answer) {
      return answer.json().catch(function () { return {}; }).then(function (content) {
        return { code: answer.status, content: content, wait: Number(answer.headers.get("Retry-After")) || 0 };
      });
    }).catch(function () { return null; }).finally(function () { clearTimeout(alarm); });
  }

  /* Until there is an answer that will not change by waiting; null if there is none. */
  async function deliver(form, state, body) {
    for (var tries = 0; ; tries += 1) {
      var answer = await post(form.getAttribute("data-leadline"), body);
      if (answer && answer.code < 500 && answer.code !== 429) { return answer; }
      if (tries >= WAITS_S.length) { return answer; }
      status(form, state, words(form, "waiting"), false);
      await later(Math.max(WAITS_S[tries], Math.min(answer ? answer.wait : 0, 60)));
    }
  }

  function sent(form, state, content) {
    state.id = ""; // whatever is sent from here on is another wish
    form.dispatchEvent(new CustomEvent("leadline:sent", { bubbles: true, detail: { leadId: content.lead_id } }));
    if (/^https?:\/\//.test(content.thank_you_url || "")) {
      location.assign(content.thank_you_url);
      return;
    }
    form.reset();
    state.agreedAt = "";
    Array.prototype.forEach.call(form.children, function (each) { if (each !== state.line) { each.hidden = true; } });
    status(form, state, words(form, "thanks"), false);
    state.line.tabIndex = -1;
    state.line.focus();
  }

  function refused(form, state, content) {
    var problems = content.problems || [];
    var first = null, elsewhere = [];
    problems.forEach(function (problem, number) {
      var control = show(form, problem, number);
      if (control) { first = first || control; } else { elsewhere.push(problem.problem + " " + problem.fix); }
    });
    var text = problems.length ? elsewhere.join(" ") : content.detail;
    status(form, state, text || (first ? "" : words(form, "failed")), true);
    if (first) { first.focus(); }
    form.dispatchEvent(new CustomEvent("leadline:refused", { bubbles: true, detail: { problems: problems } }));
  }

  async function send(form, state) {
    if (state.busy) { return; }
    clear(form);
    if (!form.reportValidity()) { return; }
    var content = read(form, state);
    var typed = JSON.stringify(content);
    // The same form keeps its id however often it is tried; one that was changed is another.
    if (!state.id || state.typed !== typed) {
      state.id = newId();
      state.typed = typed;
      state.submittedAt = new Date().toISOString();
    }
    if (!content.id) { content.id = state.id; }
    content.submitted_at = state.submittedAt;
    busy(form, state, true);
    status(form, state, words(form, "sending"), false);
    var answer = await deliver(form, state, JSON.stringify(content));
    busy(form, state, false);
    if (answer && (answer.code === 200 || answer.code === 201)) { sent(form, state, answer.content); }
    else if (answer && answer.code < 500) { refused(form, state, answer.content); }
    else { status(form, state, words(form, "failed"), true); }
  }

  function begin(form) {
    if (form.leadline) { return; }
    var state = form.leadline = { busy: false, id: "", typed: "", submittedAt: "", agreedAt: "", line: null };
    state.line = document.createElement("p");
    state.line.hidden = true;
    form.appendChild(state.line);
    status(form, state, "", false);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      send(form, state);
    });
    form.addEventListener("change", function (event) {
      if (event.target === consentBox(form)) {
        state.agreedAt = event.target.checked ? new Date().toISOString() : "";
      }
    });
  }

  function all() { document.querySelectorAll("form[data-leadline]").forEach(begin); }

  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", all); } else { all(); }
})();

// Runs in Thunderbird's main window: what a hand and an eye do there.
const main = Services.wm.getMostRecentWindow("mail:3pane");
const pause = (ms) => new Promise((resolve) => main.setTimeout(resolve, ms));
const until = async (found, ms) => {
  for (const end = Date.now() + ms; ; await pause(50)) {
    let value = null;
    try { value = found(); } catch { /* it is being built */ }
    if (value || Date.now() > end) return value;
  }
};
const seen = (element) => !element.hidden && element.checkVisibility();
const every = (node, found = []) => {
  for (const element of node.querySelectorAll("*")) {
    found.push(element);
    if (element.shadowRoot) every(element.shadowRoot, found);
  }
  return found;
};
const named = (id) => every(main.document.body).filter((each) => each.id === id);
const visible = (id) => named(id).find(seen);
const words = (node) => {
  let text = "";
  const walk = (each) => {
    if (each.nodeType === 3) text += each.data;
    if (each.nodeType === 1 && !["style", "script", "template"].includes(each.localName)) {
      if (!seen(each)) return;
      if (each.localName === "label" && !each.firstChild) text += each.getAttribute("value") ?? "";
      (each.shadowRoot || each).childNodes.forEach(walk);
      text += " ";
    }
  };
  walk(node);
  return text.replace(/\s+/g, " ").trim();
};
// The wizard, "Account Hub": one step is seen at a time.
const step = () => every(main.document.body).find((each) => /^email.*Subview$/.test(each.id) && seen(each));
const at = (name) => until(() => step()?.id === name, 20000);
const bar = () => every(step().shadowRoot).find((each) => each.id === "emailFormNotification");
const told = (...kinds) => !bar().hidden && kinds.some((each) => bar().classList.contains(each));
const notice = () => {
  if (bar().hidden) return "";
  const parts = ["Title", "Text"].map((each) => bar().querySelector(`#emailFormNotification${each}`));
  return parts.map((each) => each.textContent.replace(/\s+/g, " ").trim()).filter(Boolean).join(": ");
};
const type = (id, value) => {
  const [field] = named(id);
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
  for (const kind of ["input", "change"]) field.dispatchEvent(new main.Event(kind, {bubbles: true}));
};
const forward = async () => {
  await until(() => !visible("forward").disabled, 20000);
  visible("forward").click();
};
// What stands above all: questions and alerts, in windows of their own or above one of ours.
const others = () => [...Services.wm.getEnumerator(null)].filter((each) => each !== main);
const composing = () => others().find((each) => /messengercompose/.test(each.location.href));
const above = (window) => [...window.document.querySelectorAll(".dialogFrame")]
  .map((each) => each.contentDocument).filter((each) => /dialog/i.test(each?.location.href));
const alone = () => others().filter((each) => each !== composing() && !/sendProgress/.test(each.location.href))
  .map((each) => each.document);
const shown = () => [...alone(), ...[main, composing()].filter(Boolean).flatMap(above)]
  .map((each) => [...each.querySelectorAll("description, #infoTitle, #infoBody")])
  .map((each) => each.map((one) => one.textContent.trim()).filter(Boolean).join(" "))
  .filter(Boolean);

const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const heard = () => main.heard.splice(0);
const trust = (der) => {
  Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
    .addCert(String.fromCharCode(...der), "CTu,CTu,CTu");
  main.heard = [];
  main.hearing = {
    QueryInterface: ChromeUtils.generateQI(["nsIMsgUserFeedbackListener"]),
    onAlert: (text) => { main.heard.push(text); return true; },
  };
  MailServices.mailSession.addUserFeedbackListener(main.hearing);
};
const server = (which, [host, port, security], user) => {
  type(`${which}Hostname`, host);
  type(`${which}ConnectionSecurity`, security);
  type(`${which}Port`, port);
  type(`${which}AuthMethod`, `${Ci.nsMsgAuthMethod.passwordCleartext}`);
  type(`${which}Username`, user);
};
const setUp = async (user, password, imap, smtp) => {
  main.openAccountHub("MAIL");
  await until(() => step() && named("realName").length, 20000);
  type("realName", "Anna");
  type("email", user);
  await until(() => visible("manualConfiguration"), 20000);
  visible("manualConfiguration").click();
  await at("emailIncomingConfigSubview");
  server("incoming", imap, user);
  await forward();
  await at("emailOutgoingConfigSubview");
  server("outgoing", smtp, user);
  visible("custom").click(); // tries both servers, without the password
  await until(() => told("error", "warning", "success") || shown().length, 120000);
  if (step().id !== "emailOutgoingConfigSubview" || visible("forward").disabled) {
    return [notice(), ...shown()];
  }
  await forward();
  await at("emailPasswordSubview");
  type("password", password);
  type("rememberPassword", true);
  await forward();
  const done = () => step().id === "emailAddedSuccessSubview";
  await until(() => done() || told("error", "warning") || shown().length, 120000);
  await pause(300);
  if (!done()) return [told("error", "warning") ? notice() : "", ...shown()];
  await forward();
  return [];
};
const look = async () => {
  const [account] = MailServices.accounts.accounts
    .filter((each) => each.incomingServer.type === "imap");
  account.incomingServer
    .getNewMessages(account.incomingServer.rootFolder, main.msgWindow, null);
  await until(() => main.heard.length || shown().length, 8000);
  await pause(300);
  return [...heard(), ...shown()];
};
const send = async (to) => {
  const made = (name, kind) => Cc[`@mozilla.org/messengercompose/${name};1`].createInstance(kind);
  const composeFields = made("composefields", Ci.nsIMsgCompFields);
  Object.assign(composeFields, {to, subject: "hi", body: "hello"});
  const written = made("composeparams", Ci.nsIMsgComposeParams);
  Object.assign(written, {composeFields, format: Ci.nsIMsgCompFormat.PlainText});
  MailServices.compose.OpenComposeWindowWithParams(null, written);
  await until(() => composing()?.gMsgCompose?.editor
    && composing().document.readyState === "complete", 20000);
  await pause(500);
  composing().goDoCommand("cmd_sendNow");
  await until(() => !composing() || shown().length || main.heard.length, 30000);
  await pause(300);
  return [...heard(), ...shown()];
};

"""The screens' entry: `python -m streamlit run ui/app.py`. Navigation only; each page is a file in app_pages/."""

from __future__ import annotations

import streamlit as st

from ui import login, looks
from ui.flow_pages import FLOW_PAGES
from ui.texts import t

st.set_page_config(page_title=t("product"), page_icon=str(looks.STATIC / "icon.png"), layout="wide")
st.logo(str(looks.STATIC / "logo.svg"), size="large")

LEADS = [
    st.Page("app_pages/leads.py", title=t("nav.leads"), icon=":material/person_add:", url_path="leads"),
    st.Page("app_pages/campaigns.py", title=t("nav.campaigns"), icon=":material/campaign:", url_path="campaigns"),
    st.Page(
        "app_pages/import_leads.py", title=t("nav.import_leads"), icon=":material/upload_file:", url_path="import-leads"
    ),
    st.Page(
        "app_pages/do_not_call.py", title=t("nav.do_not_call"), icon=":material/phone_disabled:", url_path="do-not-call"
    ),
]
MENU = [
    st.Page("app_pages/home.py", title=t("nav.home"), icon=":material/home:", default=True),
    st.Page("app_pages/flows.py", title=t("nav.flows"), icon=":material/account_tree:", url_path="flows"),
    st.Page("app_pages/calls.py", title=t("nav.calls"), icon=":material/call:", url_path="calls"),
]
SET_UP = [
    st.Page("app_pages/connections.py", title=t("nav.connections"), icon=":material/cable:", url_path="connections"),
    st.Page("app_pages/settings.py", title=t("nav.settings"), icon=":material/settings:", url_path="settings"),
]
# Reached from a list or from the tabs of a flow, so that the menu stays calm.
INSIDE = [
    st.Page("app_pages/call.py", title=t("nav.call"), url_path="call", visibility="hidden"),
    st.Page("app_pages/import_flow.py", title=t("nav.import"), url_path="import", visibility="hidden"),
    *(st.Page(page.file, title=page.title, url_path=page.name, visibility="hidden") for page in FLOW_PAGES),
]

# Streamlit draws what stands in no group first.
groups = {"": [*MENU, *INSIDE], t("nav.group.leads"): LEADS, t("nav.group.set_up"): SET_UP}
page = st.navigation(groups, position="top")
st.html(looks.stylesheet())
if login.gate():
    login.settle_cookie()
    page.run()

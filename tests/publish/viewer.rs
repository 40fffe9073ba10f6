//! The viewer over a list: keys, history and focus.

use fantoccini::Locator;
use serde_json::Value;
use vitrine_tests::browser::{Browser, Visitor};
use vitrine_tests::static_site::StaticSite;

use crate::fixture::{Published, SENSITIVE, page_id, published};
use crate::pages::DESK;

const IS_OPEN: &str = "document.querySelector('dialog').open";
const IS_CLOSED: &str = "!document.querySelector('dialog').open && location.pathname === '/index.html'";

async fn open_list(published: &Published) -> (Browser, StaticSite) {
    let server = published.serve().await;
    let browser = Browser::start(DESK).await;
    browser.open(&server.url("index.html")).await;
    (browser, server)
}

async fn click_tile(browser: &Browser, number: usize) {
    let place = format!(
        "(() => {{ const box = document.querySelectorAll('.rows a')[{number}].getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
    );
    let place = browser.evaluate(&place).await;
    browser.click_at(place[0].as_f64().unwrap(), place[1].as_f64().unwrap()).await;
    browser.until(IS_OPEN).await;
}

/// Waits until the viewer shows an image, by the address and the counter.
async fn shows(browser: &Browser, number: usize) {
    browser.until(&format!("location.pathname === '/i/{}.html'", page_id(number))).await;
    browser.until("document.querySelector('dialog img').naturalWidth >= 512").await;
}

async fn tile_with_focus(browser: &Browser) -> Value {
    browser.evaluate("document.activeElement.getAttribute('href')").await
}

#[tokio::test]
async fn keys_walk_through_the_list() {
    let (browser, server) = open_list(&published(8)).await;
    click_tile(&browser, 1).await;
    shows(&browser, 1).await;
    browser.until("document.querySelector('dialog img').currentSrc.includes('/l/')").await;
    browser.screenshot("viewer").await;
    browser.press("ArrowRight").await;
    shows(&browser, 2).await;
    browser.press("ArrowLeft").await;
    browser.press("ArrowLeft").await;
    shows(&browser, 0).await;
    browser.press("End").await;
    shows(&browser, 7).await;
    browser.press("Home").await;
    shows(&browser, 0).await;
    browser.press("End").await;
    // The veiled picture is left out.
    browser.press("ArrowLeft").await;
    browser.press("ArrowLeft").await;
    shows(&browser, SENSITIVE - 1).await;
    browser.press("Escape").await;
    browser.until(IS_CLOSED).await;
    browser.until("document.activeElement.matches('.rows a')").await;
    assert_eq!(
        tile_with_focus(&browser).await,
        server.url(&format!("i/{}.html", page_id(SENSITIVE - 1))),
        "the focus is on the picture that was shown last"
    );
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn back_closes_and_forward_opens_the_viewer() {
    let (browser, _server) = open_list(&published(8)).await;
    let title = browser.evaluate("document.title").await;
    let length = browser.evaluate("history.length").await.as_u64().unwrap();
    click_tile(&browser, 2).await;
    shows(&browser, 2).await;
    browser.press("ArrowRight").await;
    shows(&browser, 3).await;
    browser.evaluate("history.back()").await;
    browser.until(IS_CLOSED).await;
    browser.until("document.activeElement.matches('.rows a')").await;
    assert_eq!(browser.evaluate("document.title").await, title);
    browser.evaluate("history.forward()").await;
    browser.until(IS_OPEN).await;
    shows(&browser, 3).await;
    browser.evaluate("document.querySelector('dialog button:last-of-type').click()").await;
    browser.until(IS_CLOSED).await;
    let after = browser.evaluate("history.length").await.as_u64().unwrap();
    assert_eq!(after, length + 1, "the pictures in between leave no entries");
}

#[tokio::test]
async fn focus_stays_in_the_viewer() {
    let (browser, _server) = open_list(&published(8)).await;
    click_tile(&browser, 0).await;
    for _ in 0..8 {
        browser.press("Tab").await;
        let inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')";
        assert_eq!(browser.evaluate(inside).await, true);
    }
}

#[tokio::test]
async fn references_stay_right_while_the_address_is_another() {
    let (browser, server) = open_list(&published(60)).await;
    click_tile(&browser, 0).await;
    shows(&browser, 0).await;
    let wrong =
        "[...document.links].map((link) => link.href).concat([...document.images].map((image) => image.src))
        .filter((url) => /\\/i\\/.*\\/|\\/i\\/[^/]*\\.(jpg|json|xml)$/.test(url))";
    assert_eq!(browser.evaluate(wrong).await, Value::Array(vec![]));
    // The details are the page of the image, and Back returns to the list.
    browser.evaluate("document.querySelector('dialog a').click()").await;
    browser.until("!!document.querySelector('article')").await;
    browser.evaluate("history.back()").await;
    browser.until("location.pathname === '/index.html' && !!document.querySelector('.rows')").await;
    let missing: Vec<String> =
        server.asked().into_iter().filter(|path| path.starts_with("i/") && !path.contains(".html")).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test]
async fn a_swipe_turns_the_page() {
    let (browser, _server) = open_list(&published(8)).await;
    click_tile(&browser, 1).await;
    shows(&browser, 1).await;
    browser.swipe((900.0, 400.0), (500.0, 410.0)).await;
    shows(&browser, 2).await;
    browser.swipe((500.0, 400.0), (900.0, 410.0)).await;
    shows(&browser, 1).await;
}

#[tokio::test]
async fn texts_are_copied_with_a_button_that_only_scripts_show() {
    let server = published(2).serve().await;
    let browser = Browser::start(DESK).await;
    browser.open(&server.url(&format!("i/{}.html", page_id(0)))).await;
    browser.client().find(Locator::Css("[data-copy=prompt]")).await.unwrap().click().await.unwrap();
    browser.until("document.querySelector('[data-copy=prompt]').textContent === 'Copied'").await;
    let plain = Browser::start(Visitor { has_scripts: false, ..DESK }).await;
    plain.open(&server.url(&format!("i/{}.html", page_id(0)))).await;
    let seen = "[...document.querySelectorAll('[data-copy]')].filter((button) => button.checkVisibility({ visibilityProperty: true })).length";
    assert_eq!(plain.evaluate(seen).await, 0);
}

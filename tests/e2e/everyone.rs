//! Checks the accessibility of every screen in both themes and two sizes, and takes a screenshot of each.

use crate::fixture::{DesktopFixture, TILE, click, tile};
use serde_json::Value;
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, app_binary, workspace_root};
use vitrine_tests::window::AppWindow;

const SIZES: [(i32, i32); 2] = [(1280, 800), (1920, 1080)];
const THEMES: [&str; 2] = ["dark", "light"];

/// Parameters of every sort that the inspector shows: texts, small tables, and foldable parts.
const PARAMETERS: &str = "a lighthouse on a cliff at dusk <lora:film-grain:0.8>\nNegative prompt: blurry\nSteps: 24, \
    Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 18446744073709551615, Size: 960x640, \
    Model hash: 45a21ea00a, Model: dreamshaper-xl, Denoising strength: 0.3, Hires upscale: 1.5, Hires steps: 10, \
    Hires upscaler: 4x-UltraSharp, Hires prompt: in finer strokes, Hires CFG Scale: 5, Refiner: sd_xl_refiner, \
    Refiner switch at: 0.8, ADetailer model: face_yolov8n.pt, ADetailer confidence: 0.3, ADetailer dilate: 4, \
    ADetailer mask blur: 4, ADetailer denoising strength: 0.4, ADetailer inpaint only masked: True, \
    ADetailer inpaint padding: 32, ADetailer version: 24.5.1, ADetailer steps: 12, Version: v1.10.1";

/// Fills a library with something of everything.
async fn filled(fixture: &DesktopFixture) {
    let mut pictures: Vec<_> = (1..=13).map(|number| fixture.picture(number)).collect();
    // The newest picture is the one that is inspected closely.
    let told = a_png(960, 640).seed(14).generated_like().with_text("parameters", PARAMETERS);
    pictures.push(told.write_to(&fixture.dropped(), "picture 14.png"));
    fixture.import(&pictures).await;
    let references: Vec<_> = (20..=24).map(|number| fixture.picture(number)).collect();
    let references = references.iter().map(|path| path.to_str().unwrap());
    let arguments = ["import", "--as", "reference", "--gallery", "Hands"].into_iter().chain(references);
    let _ = Cli::on(&fixture.library()).run(arguments).await.exits_with(0);
    let library = fixture.open().await;
    let ids: Vec<_> = fixture
        .list("generated")
        .await
        .iter()
        .map(|image| image["id"].as_str().unwrap().parse_id())
        .collect();
    library.set_visibility(ids[2..6].to_vec(), vitrine_core::model::Visibility::Public).await.unwrap();
    library.remove(ids[12..].to_vec(), vitrine_core::model::Removal::ToTrash).await.unwrap();
}

trait ParseId {
    fn parse_id(&self) -> vitrine_core::model::ImageId;
}

impl ParseId for str {
    fn parse_id(&self) -> vitrine_core::model::ImageId {
        vitrine_core::model::ImageId::parse(self).unwrap()
    }
}

/// Loads axe into the page once the page is there.
async fn bring_axe(window: &AppWindow<'_>) {
    let axe = std::fs::read_to_string(workspace_root().join("ui/node_modules/axe-core/axe.min.js")).unwrap();
    window.wait_for("nav").await;
    let _ = window.script(&axe).await;
}

/// Returns the problems that axe rates serious or worse on the current screen, one per line.
async fn serious(window: &AppWindow<'_>) -> Vec<String> {
    let start = "window.axeFound = null;
        axe.run(document, { resultTypes: ['violations'] }).then(
            ({ violations }) => (window.axeFound = violations),
            (error) => (window.axeFound = [{ id: String(error), impact: 'critical', nodes: [] }]),
        )";
    let _ = window.script(start).await;
    let mut found = Value::Null;
    window
        .eventually("axe has looked at the page", async || {
            found = window.script("return window.axeFound").await;
            !found.is_null()
        })
        .await;
    let serious = |violation: &&Value| matches!(violation["impact"].as_str(), Some("serious" | "critical"));
    let line = |violation: &Value| {
        let nodes = violation["nodes"].as_array().into_iter().flatten();
        let nodes: Vec<String> =
            nodes.take(4).map(|node| format!("{} {}", node["html"], node["any"][0]["message"])).collect();
        format!("{}: {}", violation["id"], nodes.join("\n    "))
    };
    found.as_array().unwrap().iter().filter(serious).map(line).collect()
}

/// Returns the controls on the screen without a name for screen readers, and the number of all controls.
async fn nameless(window: &AppWindow<'_>) -> (Vec<String>, u64) {
    let js = "const roles = ['button', 'link', 'checkbox', 'radio', 'slider', 'combobox', 'listbox', 'option', 'tab',
            'menuitem', 'menuitemradio', 'textbox', 'searchbox', 'grid', 'gridcell', 'dialog', 'toolbar', 'menu',
            'region', 'navigation', 'complementary', 'progressbar'];
        const controls = [...document.querySelectorAll(
            'button, a[href], input, select, textarea, progress, dialog[open], nav, aside, ' +
                roles.map((role) => `[role=${role}]`).join(', '),
        )].filter((element) => !element.closest('[inert], [hidden]') && element.checkVisibility())
            // A dialog hides the rest from everybody.
            .filter((element) => document.querySelector('dialog[open]')?.contains(element) ?? true);
        axe.setup(document.documentElement);
        try {
            const named = (element) =>
                axe.commons.text.accessibleTextVirtual(axe.utils.getNodeFromTree(element)).trim() !== '';
            return [controls.filter((each) => !named(each)).map((each) => each.outerHTML.slice(0, 200)), controls.length];
        } finally {
            axe.teardown();
        }";
    let found = window.script(js).await;
    let names = found[0].as_array().unwrap().iter().map(|html| html.as_str().unwrap().to_owned()).collect();
    (names, found[1].as_u64().unwrap())
}

/// Opens one screen after the other and calls `look` on each.
async fn walk(window: &AppWindow<'_>, newest: &str, mut look: impl AsyncFnMut(&str)) {
    click(window, "nav-history").await;
    window.wait_for(&format!("{TILE} img.ready")).await;
    look("history").await;
    window.click(&tile(newest)).await;
    window.wait_for("[data-testid=inspector-tab-raw]").await;
    look("selected").await;
    click(window, "inspector-tab-raw").await;
    window.wait_gone("[data-testid=inspector] textarea").await;
    look("raw").await;
    click(window, "inspector-tab-details").await;
    click(window, "made-with-add").await;
    window.wait_count("[data-testid=made-with-offered]", 5).await;
    look("made-with").await;
    click(window, "made-with-done").await;
    window.wait_gone("[data-testid=made-with-dialog]").await;
    click(window, "filter-model").await;
    window.wait_for("[role=menuitemradio]").await;
    look("filter").await;
    window.press("Escape");
    window.wait_gone("[role=menuitemradio]").await;
    window.type_into("[data-testid=search]", "picture 1").await;
    window.wait_for("[data-testid=search-view]").await;
    look("search").await;
    click(window, "search-clear").await;
    window.wait_for("[data-testid=history-view]").await;
    window.click(&tile(newest)).await;
    window.wait_for("[data-testid=inspector-tab-raw]").await;
    window.press("shift+F10");
    window.wait_for("[data-testid=context-menu]").await;
    look("menu").await;
    window.press("Escape");
    window.wait_gone("[data-testid=context-menu]").await;
    window.press("Return");
    window.wait_for("[data-testid=viewer-image].ready").await;
    look("viewer").await;
    window.press("Escape");
    window.wait_gone("[data-testid=viewer]").await;
    window.press("shift+Right");
    window.press("shift+Right");
    window.wait_text("[data-testid=selection-bar]", "3 selected").await;
    window.wait_for("[data-testid=together-bytes]").await;
    look("together").await;
    window.press("c");
    window.wait_for("[data-testid=compare-pane]:nth-child(3) .ready").await;
    look("compare").await;
    window.press("Escape");
    window.wait_gone("[data-testid=compare]").await;
    click(window, "nav-feed").await;
    window.wait_count(&format!("{TILE} img.ready"), 4).await;
    look("feed").await;
    click(window, "nav-references").await;
    window.wait_count(&format!("{TILE} img.ready"), 5).await;
    look("references").await;
    click(window, "pick").await;
    window.wait_for("[data-testid=pick-bar]").await;
    look("pick").await;
    click(window, "pick-done").await;
    click(window, "nav-gallery").await;
    window.wait_count(&format!("{TILE} img.ready"), 5).await;
    look("gallery").await;
    click(window, "nav-trash").await;
    window.wait_count(&format!("{TILE} img.ready"), 2).await;
    look("trash").await;
    click(window, "nav-history").await;
    click(window, "transfers-footer").await;
    window.wait_for("[data-testid=transfers-panel]").await;
    look("transfers").await;
    click(window, "transfers-footer").await;
    window.press("ctrl+k");
    window.wait_for("[data-testid=palette]").await;
    look("palette").await;
    window.press("Escape");
    window.wait_gone("[data-testid=palette]").await;
    window.press("question");
    window.wait_for("[data-testid=keys-dialog]").await;
    look("keys").await;
    window.press("Escape");
    window.wait_gone("[data-testid=keys-dialog]").await;
    click(window, "nav-settings").await;
    window.wait_for("[data-testid=settings]").await;
    look("settings").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_screen_has_a_serious_accessibility_finding_in_any_theme_or_size() {
    let fixture = DesktopFixture::new();
    filled(&fixture).await;
    let newest = fixture.list("generated").await[0]["id"].as_str().unwrap().to_owned();
    let mut findings = Vec::new();
    for screen in SIZES {
        let options = DesktopOptions { screen: Some(screen), ..DesktopOptions::default() };
        let desktop = Desktop::start(options).await;
        let window = desktop.launch(&app_binary(), fixture.env()).await;
        bring_axe(&window).await;
        for theme in THEMES {
            click(&window, "nav-settings").await;
            click(&window, &format!("theme-{theme}")).await;
            walk(&window, &newest, async |name| {
                let name = format!("{name}-{theme}-{}x{}", screen.0, screen.1);
                let faded = "[...document.querySelectorAll('img.ready')].some((image) => getComputedStyle(image).opacity < 1)";
                window
                    .eventually("the pictures have faded in", async || {
                        window.script(&format!("return {faded}")).await == false
                    })
                    .await;
                window.screenshot(&name);
                let (without, controls) = nameless(&window).await;
                assert!(controls >= 2, "{name}: only {controls} controls were looked at");
                findings.extend(without.into_iter().map(|html| format!("{name}: no name: {html}")));
                findings.extend(serious(&window).await.into_iter().map(|line| format!("{name}: {line}")));
            })
            .await;
        }
        window.close().await;
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_library_has_no_serious_accessibility_finding() {
    let fixture = DesktopFixture::new();
    for screen in SIZES {
        let options = DesktopOptions { screen: Some(screen), ..DesktopOptions::default() };
        let desktop = Desktop::start(options).await;
        let window = desktop.launch(&app_binary(), fixture.env()).await;
        bring_axe(&window).await;
        for theme in THEMES {
            click(&window, "nav-settings").await;
            click(&window, &format!("theme-{theme}")).await;
            for view in ["history", "feed", "references", "trash"] {
                click(&window, &format!("nav-{view}")).await;
                window.wait_for(&format!("[data-testid=empty-{view}]")).await;
                window.screenshot(&format!("empty-{view}-{theme}-{}x{}", screen.0, screen.1));
                assert_eq!(serious(&window).await, [] as [String; 0], "{view}");
            }
        }
        window.close().await;
    }
}

/// Returns the controls that are outside the window or cut off.
async fn cut_off(window: &AppWindow<'_>) -> Vec<String> {
    let js = "const over = document.querySelector('dialog[open], [role=menu]');
        const dialog = document.querySelector('dialog[open]');
        const seen = (element) => (!dialog || dialog.contains(element)) && element.checkVisibility() && !element.closest('[inert], .visually-hidden');
        const scrolls = (element) => {
            for (let box = element.parentElement; box; box = box.parentElement) {
                if (/auto|scroll/.test(getComputedStyle(box).overflowY + getComputedStyle(box).overflowX)) return true;
            }
            return false;
        };
        return [...document.querySelectorAll('button, input, select, textarea')].filter((element) => {
            if (!seen(element) || scrolls(element)) return false;
            const box = element.getBoundingClientRect();
            if (box.width < 2) return false;
            const inside = box.left >= -1 && box.top >= -1 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
            const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            // A menu lies over what it was opened from.
            return !inside || !(over || element.contains(at) || at?.contains(element));
        }).map((element) => element.outerHTML.slice(0, 160))";
    let found = window.script(js).await;
    found.as_array().unwrap().iter().map(|html| html.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn text_twice_as_large_is_not_cut_off_and_hides_nothing() {
    let fixture = DesktopFixture::new();
    filled(&fixture).await;
    let newest = fixture.list("generated").await[0]["id"].as_str().unwrap().to_owned();
    let options = DesktopOptions { screen: Some((1280, 800)), ..DesktopOptions::default() };
    let desktop = Desktop::start(options).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    bring_axe(&window).await;
    let size = async || {
        let size = window
            .script("return parseFloat(getComputedStyle(document.querySelector('nav')).fontSize)")
            .await;
        size.as_f64().unwrap()
    };
    let before = size().await;
    click(&window, "nav-settings").await;
    click(&window, "text-size-200").await;
    assert!((size().await / before - 2.0).abs() < 0.01);
    click(&window, "nav-history").await;
    click(&window, "connect-bar-dismiss").await;
    // The pictures are made small, so that all of them are on the screen.
    for _ in 0..6 {
        window.press("ctrl+minus");
    }
    let mut findings = Vec::new();
    walk(&window, &newest, async |name| {
        window.screenshot(&format!("{name}-large-text"));
        findings.extend(cut_off(&window).await.into_iter().map(|html| format!("{name}: {html}")));
        findings.extend(serious(&window).await.into_iter().map(|line| format!("{name}: {line}")));
    })
    .await;
    window.close().await;
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn right_to_left_names_and_prompts_are_shown_right_to_left() {
    const PROMPT: &str = "קרפדה על ענף, אור של בוקר";
    let fixture = DesktopFixture::new();
    let text = format!("{PROMPT}\nSteps: 20, Sampler: Euler, Seed: 7, Size: 320x240");
    let picture = a_png(320, 240).with_text("parameters", &text);
    // tEXt is Latin-1, so the prompt is read from the file beside the picture.
    let path = picture.write_to(&fixture.dropped(), "تمثال.png");
    std::fs::write(path.with_extension("txt"), &text).unwrap();
    fixture.import(&[path]).await;
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), fixture.env()).await;
    window.wait_for(&format!("{TILE} img.ready")).await;
    window.press("Home");
    window.wait_for("[data-testid=inspector] textarea[aria-label=Prompt]").await;
    let direction = async |css: &str| {
        let js = format!("return getComputedStyle(document.querySelector(\"{css}\")).direction");
        window.script(&js).await.as_str().unwrap().to_owned()
    };
    assert_eq!(direction("[data-testid=inspector] textarea[aria-label=Prompt]").await, "rtl");
    window.screenshot("right-to-left");
    window.press("Return");
    window.wait_for("[data-testid=viewer-image].ready").await;
    assert_eq!(direction("[data-testid=viewer] .name").await, "rtl");
    window.close().await;
}

//! Every screen in both themes and two sizes: nothing that keeps somebody out, and a picture of each to look at.

use crate::stage::{Stage, TILE, click, tile};
use serde_json::Value;
use vitrine_tests::desktop::{Desktop, DesktopOptions};
use vitrine_tests::process::{Cli, app_binary, workspace_root};
use vitrine_tests::window::AppWindow;

const SIZES: [(i32, i32); 2] = [(1280, 800), (1920, 1080)];
const THEMES: [&str; 2] = ["dark", "light"];

/// A library with something of everything.
async fn filled(stage: &Stage) {
    let pictures: Vec<_> = (1..=14).map(|number| stage.picture(number)).collect();
    stage.import(&pictures).await;
    let references: Vec<_> = (20..=24).map(|number| stage.picture(number)).collect();
    let references = references.iter().map(|path| path.to_str().unwrap());
    let arguments = ["import", "--as", "reference", "--gallery", "Hands"].into_iter().chain(references);
    let _ = Cli::on(&stage.library()).run(arguments).await.exits_with(0);
    let library = stage.open().await;
    let ids: Vec<_> =
        stage.list("generated").await.iter().map(|image| image["id"].as_str().unwrap().parse_id()).collect();
    library.set_visibility(ids[2..6].to_vec(), vitrine_core::model::Visibility::Public).await.unwrap();
    library.remove(ids[12..].to_vec(), vitrine_core::catalog::Removal::ToTrash).await.unwrap();
}

trait ParseId {
    fn parse_id(&self) -> vitrine_core::model::ImageId;
}

impl ParseId for str {
    fn parse_id(&self) -> vitrine_core::model::ImageId {
        vitrine_core::model::ImageId::parse(self).unwrap()
    }
}

/// Returns what axe finds serious or worse on what is shown now, a line each.
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

/// Opens one screen after the other and calls `look` on each.
async fn walk(window: &AppWindow<'_>, newest: &str, mut look: impl AsyncFnMut(&str)) {
    click(window, "nav-history").await;
    window.wait_for(&format!("{TILE} img.ready")).await;
    look("history").await;
    window.click(&tile(newest)).await;
    window.wait_for("[data-testid=inspector-tab-raw]").await;
    look("selected").await;
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
async fn every_screen_in_every_theme_and_size_has_no_serious_finding() {
    let stage = Stage::new();
    filled(&stage).await;
    let newest = stage.list("generated").await[0]["id"].as_str().unwrap().to_owned();
    let axe = std::fs::read_to_string(workspace_root().join("ui/node_modules/axe-core/axe.min.js")).unwrap();
    let mut findings = Vec::new();
    for screen in SIZES {
        let options = DesktopOptions { screen: Some(screen), ..DesktopOptions::default() };
        let desktop = Desktop::start(options).await;
        let window = desktop.launch(&app_binary(), stage.env()).await;
        let _ = window.script(&axe).await;
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
                findings.extend(serious(&window).await.into_iter().map(|line| format!("{name}: {line}")));
            })
            .await;
        }
        window.close().await;
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_library_has_no_serious_finding_either() {
    let stage = Stage::new();
    let desktop = Desktop::start(DesktopOptions::default()).await;
    let window = desktop.launch(&app_binary(), stage.env()).await;
    let axe = std::fs::read_to_string(workspace_root().join("ui/node_modules/axe-core/axe.min.js")).unwrap();
    let _ = window.script(&axe).await;
    for view in ["history", "feed", "references", "trash"] {
        click(&window, &format!("nav-{view}")).await;
        window.wait_for(&format!("[data-testid={view}-view]")).await;
        assert_eq!(serious(&window).await, [] as [String; 0], "{view}");
    }
    window.close().await;
}

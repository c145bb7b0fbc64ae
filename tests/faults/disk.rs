//! A full disk, and a disk on which `fsync` fails.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::limits::output;
use crate::program::{Running, Sandbox, post};
use crate::shim::Shim;

#[tokio::test]
async fn a_full_disk_refuses_writes_and_goes_on_when_there_is_room() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    let mut running = Running::start(&mut shim.command(&sandbox)).unwrap();
    running.add("before").await;
    let client = Client::new();
    for round in 0..3 {
        shim.set("full", true);
        for number in 0..5 {
            assert_eq!(
                post(&client, &running.url, &format!("lost {number}")).await,
                Some(507)
            );
        }
        assert!(
            !running
                .items()
                .await
                .iter()
                .any(|item| item.starts_with("lost"))
        );
        shim.set("full", false);
        running.add(&format!("after {round}")).await;
    }
    let expected = ["before", "after 0", "after 1", "after 2"];
    assert_eq!(running.items().await[2..], expected);
    running.kill();
    assert_eq!(sandbox.start().items().await[2..], expected);
}

#[tokio::test]
async fn a_sync_that_fails_acknowledges_nothing_and_ends_the_program() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    let mut running = Running::start(&mut shim.command(&sandbox)).unwrap();
    running.add("before").await;
    let client = Client::new();
    let stream = client.get(format!("{}/api/v1/events", running.url));
    let mut stream = stream.send().await.unwrap();
    shim.set("sync-fails", true);
    let attempts = (0..8).map(|number| {
        let (client, url) = (client.clone(), running.url.clone());
        tokio::spawn(async move { post(&client, &url, &format!("doubtful {number}")).await })
    });
    let attempts: Vec<_> = attempts.collect();
    for attempt in attempts {
        let status = attempt.await.unwrap();
        assert!(
            matches!(status, None | Some(503)),
            "{status:?} was answered"
        );
    }
    let begin = Instant::now();
    while stream.chunk().await.unwrap().is_some() {}
    assert_eq!(running.wait().code(), Some(74));
    // An open stream does not delay the end.
    assert!(begin.elapsed() < Duration::from_secs(3));

    // The next start is clean: acknowledged items exist, and writing works.
    let running = sandbox.start();
    let items = running.items().await;
    assert_eq!(items[2], "before");
    assert!(
        items[3..].iter().all(|item| item.starts_with("doubtful")),
        "{items:?}"
    );
    running.add("after").await;
}

#[tokio::test]
async fn on_a_full_disk_signing_out_works_and_is_written_down_when_there_is_room() {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    fs::write(sandbox.beside("password"), "correct horse\n").unwrap();
    let mut set = sandbox.command();
    set.args(["password", "--new"])
        .stdin(File::open(sandbox.beside("password")).unwrap());
    assert!(output(&mut set).status.success());
    let running = Running::start(&mut shim.command(&sandbox)).unwrap();
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let form = |path: &str, cookie: &str, body: &'static str| {
        let request = client.post(format!("{}{path}", running.url));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("cookie", cookie).body(body).send()
    };
    let sign_in = async || {
        let answer = form("/sign-in", "", "password=correct+horse")
            .await
            .unwrap();
        assert_eq!(answer.status(), 303);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    };
    let read = async |url: &str, cookie: &str| {
        let request = client.get(format!("{url}/api/items"));
        request
            .header("cookie", cookie)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    let sessions = || {
        let database = rusqlite::Connection::open(sandbox.file("access.db")).unwrap();
        let count = "SELECT count(*) FROM session";
        database
            .query_row(count, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let (ends, stays) = (sign_in().await, sign_in().await);
    assert_eq!(sessions(), 2);
    let stream = client.get(format!("{}/api/v1/events", running.url));
    let mut stream = stream.header("cookie", &ends).send().await.unwrap();

    shim.set("full", true);
    let answer = form("/sign-out", &ends, "").await.unwrap();
    assert_eq!(answer.status(), 200);
    let set: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert!(
        set.iter()
            .all(|set| set.to_str().unwrap().contains("Max-Age=0")),
        "{set:?}"
    );
    assert_eq!(
        (set.len(), &answer.headers()["clear-site-data"]),
        (2, &"\"cache\", \"storage\"".parse().unwrap())
    );
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("<h1>Signed out</h1>") && page.contains("could not save"),
        "{page}"
    );
    while stream.chunk().await.unwrap().is_some() {}
    assert_eq!(
        [
            read(&running.url, &ends).await,
            read(&running.url, &stays).await
        ],
        [401, 200]
    );
    assert_eq!(sessions(), 2, "nothing could be written");

    shim.set("full", false);
    // Sign-ins in the meantime do not restore the ended session.
    sign_in().await;
    assert_eq!(read(&running.url, &ends).await, 401);
    let begin = Instant::now();
    while sessions() != 2 {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "it is never written down"
        );
        assert_eq!(read(&running.url, &ends).await, 401);
    }
    running.stop();
    let running = sandbox.start();
    assert_eq!(
        [
            read(&running.url, &ends).await,
            read(&running.url, &stays).await
        ],
        [401, 200]
    );
}

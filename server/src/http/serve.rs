//! Connections: taken, served, and closed when nothing comes. `axum::serve` lets
//! a client that never finishes the head of a request hold its connection for
//! ever.

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{io, net::SocketAddr, pin::pin, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

/// Pause after the system gave no connection, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// Answers requests until `stop` is cancelled and those under way have been
/// answered. A connection on which no head of a request arrives within
/// `head_within` is closed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    head_within: Duration,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head_within);
    while let Some((stream, address)) = stop.run_until_cancelled(accept(&listener)).await {
        // Small packets are events that somebody waits for.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            router.clone().call(request.map(Body::new))
        });
        let connection = http
            .serve_connection(TokioIo::new(stream), answer)
            .with_upgrades();
        let stop = stop.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            // How a connection ends is its client's matter.
            tokio::select! {
                _ = connection.as_mut() => {}
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "A connection could not be taken.");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        task::JoinHandle,
        time::{Instant, timeout},
    };

    const HEAD_WITHIN: Duration = Duration::from_millis(300);
    const PATIENCE: Duration = Duration::from_secs(20);

    async fn server(router: Router) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(serve(listener, router, HEAD_WITHIN, stop.clone()));
        (address, stop, running)
    }

    async fn said(stream: &mut TcpStream) -> String {
        let mut said = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut said))
            .await
            .expect("the server closes the connection")
            .unwrap();
        String::from_utf8(said).unwrap()
    }

    #[tokio::test]
    async fn who_never_finishes_a_head_is_closed_and_holds_up_nobody() {
        let (address, _stop, _running) =
            server(Router::new().route("/", get(|| async { "here" }))).await;
        let begun = Instant::now();
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-slow:")
            .await
            .unwrap();
        // Somebody else is served meanwhile.
        let mut quick = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        quick.write_all(request).await.unwrap();
        assert!(said(&mut quick).await.ends_with("here"));

        assert_eq!(said(&mut silent).await, "");
        let answer = said(&mut slow).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
        assert!(begun.elapsed() >= HEAD_WITHIN);
    }

    #[tokio::test]
    async fn an_answer_may_take_longer_than_a_head() {
        async fn slow() -> &'static str {
            sleep(HEAD_WITHIN * 3).await;
            "at last"
        }
        let (address, _stop, _running) = server(Router::new().route("/", get(slow))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        assert!(said(&mut stream).await.ends_with("at last"));
    }

    #[tokio::test]
    async fn stopping_answers_what_is_under_way_and_takes_nothing_new() {
        let (begun, mut arrived) = tokio::sync::mpsc::channel::<()>(1);
        let (go, wait) = tokio::sync::watch::channel(false);
        let answer = move || {
            let (begun, mut wait) = (begun.clone(), wait.clone());
            async move {
                begun.send(()).await.unwrap();
                wait.wait_for(|go| *go).await.unwrap();
                "answered"
            }
        };
        let (address, stop, running) = server(Router::new().route("/", get(answer))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        arrived.recv().await.unwrap();
        stop.cancel();
        // It listens no more.
        timeout(PATIENCE, async {
            while TcpStream::connect(address).await.is_ok() {
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .unwrap();
        assert!(!running.is_finished());
        go.send(true).unwrap();
        assert!(said(&mut stream).await.ends_with("answered"));
        timeout(PATIENCE, running).await.unwrap().unwrap();
    }
}

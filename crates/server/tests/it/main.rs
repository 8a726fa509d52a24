//! The server as its callers meet it: over HTTP, against the sandbox, on both engines.

mod app;
mod catch_up;
mod chaos;
mod control;
mod corpus;
mod crash;
mod disk;
mod door;
mod health;
mod lane;
mod line;
mod media;
mod messages;
mod one_server;
mod outbound;
mod people;
mod replies;
mod review;
mod review_film;
mod reviewer;
mod reviewer_pages;
mod roles;
mod scene;
mod story;
mod truth;
mod webhooks;

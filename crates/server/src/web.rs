//! Everything that speaks HTTP. `router` lists the routes; `guard` decides who may use them; `api` holds one file per
//! noun; `gateway` is the address that Meta calls; `live` the event stream; `assets` the user interface.

pub mod accept;
pub mod api;
pub mod assets;
pub mod auth;
pub mod base_path;
pub mod client;
pub mod compress;
pub mod csp;
pub mod download;
pub mod extract;
pub mod fields;
pub mod file;
pub mod finish;
pub mod gateway;
pub mod known_device;
pub mod legal;
pub mod listen;
pub mod live;
pub mod observe;
pub mod openapi;
pub mod problem;
pub mod request_id;
pub mod router;
pub mod search;
pub mod sentence;
pub mod slow_body;
pub mod table;

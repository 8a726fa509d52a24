//! The list of control routes that `GET /control` returns.

/// A route, with its parameters, its effect and its response.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET /control", "this list"),
    ("GET /control/state", "apps, people, pages, customers, threads, settings, faults"),
    ("GET /control/waiting", "{deliveries}: how many webhooks wait or are under way"),
    (
        "POST /control/settings",
        "any of allow_external, webhook_timeout_ms, webhook_attempts, delivery_ms, dialog_coop, conversations_need_read_engagement, app_usage_percent, clock_ahead_seconds, log_limit, instagram_wraps_tokens, whatsapp_messages_per_second, whatsapp_pair_limit",
    ),
    (
        "POST /control/apps/{id}",
        "any of name, secret, redirect_uris, accept_any_redirect_uri, deauthorize_callback_url, data_deletion_url, require_app_secret, allow_api_settings, human_agent, profile_access, mode, login_configs, roles, permissions, instagram_app_id, instagram_app_secret",
    ),
    (
        "POST /control/apps/{id}/deauthorize",
        "{person_id} removes the app, {page_id} detaches the Page, {instagram_id} takes Instagram Login back; calls the deauthorize URL and answers {status,body,error}",
    ),
    (
        "POST /control/apps/{id}/data-deletion",
        "{person_id}: calls the data-deletion URL and answers {status,body,json,error}",
    ),
    (
        "POST /control/log-in",
        "{url,person_id,page_ids?}: the person goes through the login dialog at this address and says yes to all -> {location}: where the browser goes then",
    ),
    ("POST /control/people", "{id?,name} -> {id}"),
    (
        "POST /control/people/{person}/permissions",
        "{app_id,permission,granted}: one permission is taken back, or granted",
    ),
    ("POST /control/pages", "{id?,name,category?,roles?,business_id?} -> {id}"),
    ("POST /control/pages/{page}/roles", "{person_id,tasks}: an empty list takes the role away"),
    ("POST /control/pages/{page}/settings", "{takes_messages}: whether people can write to it"),
    ("POST /control/customers", "{id?} with {name} or {first_name,last_name?}, {picture?} -> {id,name}"),
    ("POST /control/tokens/expire", "{person_id?,page_id?,app_id?,kind?:user|page,subcode?=463} -> {killed}"),
    ("POST /control/personas/forget", "all personas are deleted -> {forgotten}"),
    ("POST /control/attachments/expire", "no attachment id can be used again -> {expired}"),
    (
        "POST /control/instagram",
        "{id?,username,name?,page_id?,link?:business|connected,followers?,allows_access?}: makes an Instagram account or changes one",
    ),
    (
        "POST /control/whatsapp",
        "{id?,name,business_id,people?,numbers?,templates?}: makes a WhatsApp business account, or changes locked, payment_ok, people, … of one",
    ),
    (
        "POST /control/numbers/{id}",
        "any of quality, limit, name_status, verified_name, verified, registered, pin, allowed_recipients, …; with waba_id, display_phone, country_code and verified_name a new one",
    ),
    (
        "POST /control/templates/{id}",
        "{status?:APPROVED|REJECTED|PAUSED|DISABLED|PENDING,rejected_reason?,quality?,category?}: what a review says",
    ),
    (
        "POST /control/system-users",
        "{id?,name,app_id,permissions,whatsapp?:[account ids],token?}: a token made by hand; without whatsapp it reaches all -> {id,token}",
    ),
    (
        "POST /control/customers/{id}",
        "{first_name?,last_name?,picture?,instagram?:{username,named,followers,verified,allows_access},whatsapp?:{phone,profile_name,username,hides_phone}}",
    ),
    (
        "GET /control/pages/{page}/customers/{customer}/messages",
        "the thread; {page} is a Page, an Instagram account or a WhatsApp number; /control/accounts/… is the same",
    ),
    (
        "POST /control/pages/{page}/customers/{customer}/messages",
        "{text?,quick_reply_payload?,attachment?|attachments?:[{type,url?,data?,name?,mime?,sticker_id?,title?,lat?,long?}],like?,reply_to?,referral?,age_seconds?,story?:{kind:mention|reply,url?},unsupported?,whatsapp?:{type,…}} or multipart text,file -> {mid,psid,timestamp}",
    ),
    ("POST …/postback", "{title,payload,referral?} -> {mid}"),
    ("POST …/referral", "{ref,source?,type?,ad_id?}"),
    ("POST …/reaction", "{mid,emoji} or {mid,emoji:null}"),
    ("POST …/edit", "{mid,text}: the webhook counts the edits of a message"),
    ("POST …/unsend", "{mid}: the customer takes an own message back"),
    ("POST …/read", "{} -> {read}: the customer has seen all"),
    ("POST …/tap", "{mid,choice}: WhatsApp: a button or row by its id, a template's button by its text -> {mid}"),
    ("POST …/played", "{mid}: WhatsApp: the customer listened to a voice message"),
    ("POST …/number", "{phone}: WhatsApp: the customer moves to another number -> {phone,user_id}"),
    ("POST …/marketing", "{wanted}: WhatsApp: the customer stops or resumes promotions"),
    ("POST …/story/expire", "Instagram: the stories of the thread can no longer be fetched -> {expired}"),
    ("POST …/typing", "{}: Pages are not informed about it"),
    ("POST …/block", "{blocked}"),
    (
        "POST …/page-inbox",
        "{text,app_id?,metadata?}: an answer from Meta's inbox, another app, or the WhatsApp Business app -> {mid}",
    ),
    (
        "POST …/event",
        "{kind} of GET /control/kinds, or {field,carrier?:messaging|standby|changes|body,item} with words like $psid and $now -> {receivers,item}",
    ),
    ("GET /control/kinds?channel=messenger|instagram|whatsapp", "every event of the platform, ready to be sent"),
    (
        "GET /control/errors?channel=",
        "every error of the platform, ready for a graph_error or whatsapp_status fault",
    ),
    ("GET …/events", "text/event-stream: `thread` whenever the thread changed"),
    (
        "POST /control/clock",
        "{page_id,customer_id,shift_seconds | shift_hours}: how far the thread's clock is ahead; or {speed?,advance_seconds?}: the clock by which failing webhooks are tried again and an app is unsubscribed after an hour",
    ),
    (
        "POST /control/chaos",
        "{seed,delay_ms:[least,most],duplicate,reorder,lose_webhook,drop_answer,http_5xx,transient,rate_limit,token_death}: probabilities 0..1 -> {on,plan,committed}; GET the same, DELETE calms it",
    ),
    (
        "POST /control/faults",
        "{kind:graph_error|graph_delay|webhook_duplicate|webhook_drop|webhook_delay|webhook_reorder|profile|cdn|whatsapp_status,path?,method?,times?,status?,code?,subcode?,message?,is_transient?,body?,regain_minutes?,delay_ms?,when?:before|after,cut?,copies?,app_id?,page_id?,customer_id?} -> {id}",
    ),
    ("GET /control/faults, DELETE /control/faults[/{id}]", "list, remove"),
    ("GET /control/calls?limit=&path=&after_id=, DELETE /control/calls", "log of Graph calls, oldest first"),
    (
        "GET /control/deliveries?limit=&kind=&field=&after_id=, DELETE /control/deliveries",
        "log of webhook attempts and callbacks, oldest first",
    ),
    (
        "POST /control/deliver",
        "{app_id,body | raw,object?,url?,signature?:good|bad|none,instagram_secret?}: signs and posts -> {status,error}",
    ),
    (
        "POST /control/burst",
        "{page_id,customers,messages_each,concurrency?,text?} -> {sent,delivered,failed,ms,customers}",
    ),
    ("GET /control/events", "text/event-stream: `change` whenever anything changed"),
];

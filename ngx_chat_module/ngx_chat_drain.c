
/*
 * How fast clients are sent away.  Each session is closed at a moment of its
 * own, drawn from one span of time that is the same in all processes: as long
 * as all sessions of this nginx take at chat_drain.  So nobody has to agree
 * with anybody, and however the sessions are spread, the rate is kept.
 * Sessions and tunnels ask when nginx leaves, sessions also in a new epoch.
 */

#include "ngx_chat_drain.h"
#include "ngx_chat_metrics.h"


#define NGX_CHAT_DRAIN_MIN_MS  1000     /* few are not closed at one moment */


ngx_msec_t
ngx_chat_drain_ms(void)
{
    ngx_msec_t             ms;
    ngx_chat_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_chat_module);

    ms = (ngx_msec_t) ngx_chat_metric_value(NGX_CHAT_M_SESSIONS) * 1000
         / mcf->drain_rate;

    return ngx_max(ms, NGX_CHAT_DRAIN_MIN_MS);
}


/* Others have begun to go, and fewer are counted, when the last one is asked */
ngx_msec_t
ngx_chat_drain_leaving_ms(void)
{
    static ngx_msec_t  leaving_ms;

    if (leaving_ms == 0) {
        leaving_ms = ngx_chat_drain_ms();
    }

    return leaving_ms;
}

/**
 * The payment error banner (B11): what happened, why, what helps, what happens by itself, and the facts. What is said comes
 * from the API; where Activate cannot help, the reason stands in place of its button.
 */
import { Link } from 'react-router'
import { expiry, moment, money } from '../../format.ts'
import { CardLine } from '../../parts/card-line.tsx'
import { bannerTexts } from '../../texts/banner.tsx'
import type { Coverage, Settings } from './page.tsx'
import { SupportLink } from './support.tsx'
import './banner.css'

interface BannerProps {
  readonly settings: Settings
  readonly coverage: Coverage
}

export function Banners({ settings, coverage }: BannerProps) {
  return settings.banners.map((banner) => (
    <Banner banner={banner} coverage={coverage} key={banner.orderId ?? 'invoices'} settings={settings} />
  ))
}

type BannerOf = Settings['banners'][number]

function Banner({ banner, settings, coverage }: BannerProps & { readonly banner: BannerOf }) {
  const ofOrder = banner.kind === 'order_failed'
  return (
    <section aria-labelledby={idOf(banner)} className="banner">
      <p className="banner-title">
        <span aria-hidden="true" className="stamp">
          !
        </span>
        {ofOrder ? bannerTexts.orderFailed : bannerTexts.paymentFailed}
      </p>
      <div className="banner-entry">
        <Headline banner={banner} coverage={coverage} settings={settings} />
        <p className="prose">
          {banner.reason} {banner.advice}
        </p>
        {ofOrder ? (
          <div className="buttons">
            <SupportLink className="button filled" code={banner.code} coverage={coverage} orderId={banner.orderId} />
            <Link className="button" to={`/billing/${coverage.coverage}/orders/${banner.orderId}`}>
              {bannerTexts.showOrder}
            </Link>
          </div>
        ) : (
          <Acts coverage={coverage} settings={settings} />
        )}
        <ByItself banner={banner} settings={settings} />
        <Facts banner={banner} coverage={coverage} settings={settings} />
      </div>
    </section>
  )
}

const idOf = ({ orderId }: BannerOf) => `banner-${orderId ?? 'invoices'}`

function Headline({ banner, settings, coverage }: BannerProps & { readonly banner: BannerOf }) {
  const ofOrder = banner.kind === 'order_failed'
  // All that is due, not what the last attempt was about: the sum is the same wherever it is named.
  const sum = money(ofOrder ? banner.amountMinor : settings.outstanding.sumMinor, coverage)
  const { card } = banner
  return (
    <h2 className="message" id={idOf(banner)}>
      {settings.standing.status === 'suspended' && !ofOrder
        ? bannerTexts.interrupted(coverage.name, sum)
        : card
          ? bannerTexts.notCharged(sum, <CardLine brand={card.brand} last4={card.last4} />)
          : bannerTexts.notPaid(sum)}
    </h2>
  )
}

/** Exactly one button is filled: Detail while Activate may help, else the card. */
function Acts({ settings, coverage }: BannerProps) {
  const place = `/payment-settings/${coverage.coverage}`
  const register = settings.allowedActions.find(({ action }) => action === 'register_card')
  const activate = settings.allowedActions.find(({ action }) => action === 'activate')
  const detailFirst = activate?.allowed === true
  return (
    <div className="stack-tight">
      <div className="buttons">
        {detailFirst ? null : <Register filled place={place} register={register} />}
        <Link className={detailFirst ? 'button filled' : 'button'} to={`${place}/detail`}>
          {bannerTexts.detail}
        </Link>
        {detailFirst ? <Register place={place} register={register} /> : null}
      </div>
      {register?.refused ? <p className="small">{register.refused.sentence}</p> : null}
    </div>
  )
}

interface RegisterProps {
  readonly register: Settings['allowedActions'][number] | undefined
  readonly place: string
  readonly filled?: boolean
}

const Register = ({ register, place, filled = false }: RegisterProps) =>
  register?.allowed ? (
    <Link className={filled ? 'button filled' : 'button'} to={`${place}/card`}>
      {register.label}
    </Link>
  ) : null

function ByItself({ banner, settings: { standing } }: { readonly banner: BannerOf; readonly settings: Settings }) {
  return (
    <div>
      <p className="prose">
        <strong>{banner.automatic}</strong>
      </p>
      {banner.kind === 'payment_failed' && standing.status === 'suspended' ? (
        <p className="prose">{bannerTexts.liftedAtOnce}</p>
      ) : null}
      {banner.kind === 'payment_failed' && standing.status !== 'suspended' && standing.suspendsOn !== null ? (
        <p className="prose">{bannerTexts.suspendsOn(standing.suspendsOn)}</p>
      ) : null}
    </div>
  )
}

function Facts({ banner, settings, coverage }: BannerProps & { readonly banner: BannerOf }) {
  const { card } = settings
  const isCurrent = card !== null && card.last4 === banner.card?.last4 && card.brand === banner.card.brand
  return (
    <dl className="facts banner-facts">
      <div>
        <dt>{bannerTexts.coverage}</dt>
        <dd>{coverage.name}</dd>
        {banner.kind === 'payment_failed' ? (
          <dd className="small">{bannerTexts.invoices(settings.outstanding.invoices.length)}</dd>
        ) : null}
      </div>
      <div>
        <dt>{bannerTexts.card}</dt>
        <dd>{banner.card ? <CardLine brand={banner.card.brand} last4={banner.card.last4} /> : bannerTexts.noCard}</dd>
        {isCurrent ? <dd className="small">{bannerTexts.expires(expiry(card))}</dd> : null}
      </div>
      <div>
        <dt>{bannerTexts.lastAttempt}</dt>
        <dd>{moment(banner.at, coverage.timeZone)}</dd>
      </div>
      <div>
        <dt>{bannerTexts.code}</dt>
        <dd>
          <code>{banner.code}</code>
        </dd>
      </div>
    </dl>
  )
}
